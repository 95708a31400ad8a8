namespace Reassembly.Webhooks.Settings;

/// <summary>The settings under <c>Reassembly:Channels</c>: a channel's name, exactly as senders write it, and what is set for it.</summary>
public sealed class ChannelsOptions() : Dictionary<string, ChannelOptions>(StringComparer.Ordinal)
{
    public const string Section = "Reassembly:Channels";

    /// <summary>Where the settings of a channel's webhook are.</summary>
    internal static string WebhookSection(string channel) => $"{Section}:{channel}:{nameof(ChannelOptions.Webhook)}";
}
