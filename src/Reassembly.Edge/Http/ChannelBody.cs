using Reassembly.Core.Storage;

namespace Reassembly.Edge.Http;

/// <summary>How much waits in a channel.</summary>
/// <param name="Channel">Its name.</param>
/// <param name="Waiting">Deliveries that nobody has taken: a message counts once for each sink.</param>
/// <param name="InFlight">Deliveries under way.</param>
/// <param name="Dead">Dead letters.</param>
/// <param name="Oldest">When the oldest message that waits or is under way was committed.</param>
/// <param name="Sinks">The same for each sink; left out of lists.</param>
internal sealed record ChannelBody(string Channel, long Waiting, long InFlight, long Dead, DateTimeOffset? Oldest, IReadOnlyList<SinkBody>? Sinks)
{
    public static ChannelBody Of(string channel, IReadOnlyList<SinkDepth> depths, bool sinks) => new(
        channel,
        depths.Sum(static depth => depth.Waiting),
        depths.Sum(static depth => depth.InFlight),
        depths.Sum(static depth => depth.Dead),
        depths.Min(static depth => depth.Oldest),
        sinks ? [.. depths.Select(static depth => new SinkBody(SinkNames.Shown(depth.Sink), depth.Waiting, depth.InFlight, depth.Dead, depth.Oldest, depth.UnservedSince))] : null);
}

/// <summary>The same for one sink; <c>unservedSince</c> is left out unless no node is known that has it.</summary>
internal sealed record SinkBody(string Sink, long Waiting, long InFlight, long Dead, DateTimeOffset? Oldest, DateTimeOffset? UnservedSince);

internal sealed record ChannelListBody(IReadOnlyList<ChannelBody> Channels);
