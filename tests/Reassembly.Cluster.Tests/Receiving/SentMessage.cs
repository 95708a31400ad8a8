namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>A committed message, as its sender knows it: by the bytes that it made, and the times at which it began to send and saw the outcome.</summary>
internal sealed record SentMessage(string Id, string Channel, long Size, string Sha256, DateTimeOffset StartedAt, long Started, long Ended)
{
    /// <summary>Whether it was committed before the other was even begun: by one clock, which only goes forward.</summary>
    public bool IsSurelyBefore(SentMessage other) => Ended < other.Started;
}
