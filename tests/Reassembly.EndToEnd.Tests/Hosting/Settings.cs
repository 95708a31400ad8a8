using System.Globalization;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.EndToEnd.Tests.Hosting;

/// <summary>What a person can set for longer runs, and what is printed to have a run again.</summary>
internal static class Settings
{
    /// <summary>Tests that load the machine run one after the other.</summary>
    public const string HeavyCollection = "heavy";

    /// <summary>Kills in each test that kills the server: REASSEMBLY_KILL_ROUNDS.</summary>
    public static int KillRounds => Number("REASSEMBLY_KILL_ROUNDS", 6);

    /// <summary>How long to throw bad input at the server: REASSEMBLY_FUZZ_SECONDS.</summary>
    public static int FuzzSeconds => Number("REASSEMBLY_FUZZ_SECONDS", 15);

    public static Random Random(ITestOutputHelper output)
    {
        var seed = Seed.Next();
        output.WriteLine($"REASSEMBLY_SEED={seed}");
        return new Random(seed);
    }

    private static int Number(string name, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
