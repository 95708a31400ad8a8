using System.Globalization;
using System.Security.Cryptography;

namespace Reassembly.Testing;

/// <summary>The seed of a random test: REASSEMBLY_SEED, or a new one; the test prints it.</summary>
public static class Seed
{
    public static int Next() => int.TryParse(Environment.GetEnvironmentVariable("REASSEMBLY_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seed)
        ? seed
        : RandomNumberGenerator.GetInt32(int.MaxValue);
}
