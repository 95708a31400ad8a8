using System.Text.RegularExpressions;

namespace Reassembly.Cluster.Tests.Checking;

/// <summary>
/// What nodes log as an error or worse, but that the database is away, or was too slow to answer in time: senders are told then.
/// </summary>
internal static class LoggedFaults
{
    /// <summary>The store is out of service; its writes fail.</summary>
    private static readonly string[] OfOutages = ["PostgresMessageStore[2]", "PostgresMessageStore[3]"];

    private static readonly Regex OfOrleans = new(@": (fail|crit): (Orleans|Polly)\b");

    /// <summary>Where nothing was done to a node.</summary>
    public static bool IsFault(string line)
        => (line.Contains(": fail:", StringComparison.Ordinal) || line.Contains(": crit:", StringComparison.Ordinal)) && !Array.Exists(OfOutages, line.EndsWith);

    /// <summary>Where nodes were killed or frozen: Orleans reports each silo that it lost as an error, and retries.</summary>
    public static bool IsFaultInStorm(string line) => IsFault(line) && !OfOrleans.IsMatch(line);
}
