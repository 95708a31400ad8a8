namespace Reassembly.Core.Storage;

/// <summary>How much waits for one sink of one channel.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Sink">The sink's name.</param>
/// <param name="Waiting">Messages that nobody has taken.</param>
/// <param name="InFlight">Messages that were taken.</param>
/// <param name="Dead">Dead letters.</param>
/// <param name="Oldest">When the oldest of those that wait or were taken was committed; null where there are none.</param>
public sealed record SinkDepth(string Channel, string Sink, long Waiting, long InFlight, long Dead, DateTimeOffset? Oldest)
{
    /// <summary>Since when a node has had no such sink, and none that has it has said so; null where all is well.</summary>
    public DateTimeOffset? UnservedSince { get; init; }
}
