namespace Reassembly.Core.Storage;

/// <summary>The names of sinks, on which their state in the catalogue hangs.</summary>
public static class SinkNames
{
    private const string SubscribersPrefix = "subscribers:";

    /// <summary>All who subscribe to a channel are one sink: they compete for its messages.</summary>
    public static string Subscribers(string channel) => SubscribersPrefix + channel;

    /// <summary>The name for people: without the channel, which is shown beside it.</summary>
    public static string Shown(string sink) => IsBinding(sink) ? sink : SubscribersPrefix[..^1];

    /// <summary>
    /// Whether a message is kept until this sink has it. Subscribers are not configured anywhere, and a channel may never have one: what
    /// waits for them goes with the message's retention.
    /// </summary>
    public static bool IsBinding(string sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return !sink.StartsWith(SubscribersPrefix, StringComparison.Ordinal);
    }
}
