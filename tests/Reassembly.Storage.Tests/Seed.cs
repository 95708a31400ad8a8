using System.Globalization;
using Xunit.Abstractions;

namespace Reassembly.Storage.Tests;

/// <summary>The seed of a random test: printed, and taken from REASSEMBLY_SEED to repeat a failure.</summary>
internal static class Seed
{
    public static Random Next(ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("REASSEMBLY_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var given)
            ? given
            : Guid.NewGuid().GetHashCode();
        output.WriteLine($"REASSEMBLY_SEED={seed}");
        return new Random(seed);
    }
}
