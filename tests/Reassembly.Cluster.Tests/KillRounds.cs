using System.Globalization;

namespace Reassembly.Cluster.Tests;

/// <summary>How many kills a person asked for: REASSEMBLY_KILL_ROUNDS.</summary>
internal static class KillRounds
{
    /// <summary>Null where nobody did.</summary>
    public static int? Asked
        => int.TryParse(Environment.GetEnvironmentVariable("REASSEMBLY_KILL_ROUNDS"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var rounds) ? rounds : null;
}
