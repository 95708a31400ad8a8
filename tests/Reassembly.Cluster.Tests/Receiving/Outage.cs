namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>A process was killed, or ended by itself, and was there again after a while.</summary>
/// <param name="Target">What kind of process.</param>
/// <param name="Name">A node's name; a receiver's for people.</param>
/// <param name="Process">Its id while it lived.</param>
/// <param name="From">Just before it was killed.</param>
/// <param name="To">When it served again.</param>
internal sealed record Outage(KillTarget Target, string Name, int Process, DateTimeOffset From, DateTimeOffset To)
{
    public bool Touches(DateTimeOffset from, DateTimeOffset to) => From <= to && To >= from;
}
