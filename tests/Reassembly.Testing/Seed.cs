using System.Globalization;
using System.Security.Cryptography;

namespace Reassembly.Testing;

/// <summary>The seed of a random test: REASSEMBLY_SEED, or a new one; the test prints it.</summary>
public static class Seed
{
    public static int Next() => int.TryParse(Environment.GetEnvironmentVariable("REASSEMBLY_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seed)
        ? seed
        : RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>A generator with such a seed.</summary>
    /// <param name="print">Where the test's output goes.</param>
    public static Random Random(Action<string> print)
    {
        ArgumentNullException.ThrowIfNull(print);
        var seed = Next();
        print($"REASSEMBLY_SEED={seed}");
        return new Random(seed);
    }
}
