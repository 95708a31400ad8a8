using System.Security.Cryptography;

namespace Reassembly.Core.Routing;

/// <summary>
/// Pauses between attempts of one call: twice as long from one to the next, up to a longest. Half of each is chance, so that callers who
/// got into each other's way do not meet again at the same moment.
/// </summary>
/// <param name="first">The longest pause after the first attempt.</param>
/// <param name="longest">The longest pause of all.</param>
public sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private const int MostDoublings = 20;

    /// <param name="attempt">How many attempts there were: 1 after the first.</param>
    public TimeSpan After(int attempt)
    {
        var most = Math.Min(longest.Ticks, first.Ticks << Math.Clamp(attempt - 1, 0, MostDoublings));
        var chance = RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;
        return TimeSpan.FromTicks((long)(most * (0.5 + (chance / 2))));
    }
}
