using System.Text.RegularExpressions;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests.Checking;

/// <summary>
/// What nodes log as an error or worse, but that the database is away, or was too slow to answer in time: senders are told then.
/// </summary>
internal static class LoggedFaults
{
    private static readonly Regex OfOrleans = new(@": (fail|crit): (Orleans|Polly)\b");

    /// <summary>Nobody is there to be told that an answer is no longer waited for: its silo has left.</summary>
    private static readonly Regex OfLeaving = new(@": fail: Orleans\.Runtime\.GrainCallCancellationManager\b");

    /// <summary>Where nodes did no more than leave as they are told to.</summary>
    public static bool IsFault(string line)
        => (line.Contains(": fail:", StringComparison.Ordinal) || line.Contains(": crit:", StringComparison.Ordinal))
            && !LoggedLine.IsOfSlowDatabase(line) && !OfLeaving.IsMatch(line);

    /// <summary>Where nodes were killed or frozen: Orleans reports each silo that it lost as an error, and retries.</summary>
    public static bool IsFaultInStorm(string line) => IsFault(line) && !OfOrleans.IsMatch(line);
}
