namespace Reassembly.Webhooks.Settings;

/// <summary>The settings of one channel, under <c>Reassembly:Channels:&lt;name&gt;</c>.</summary>
public sealed class ChannelOptions
{
    /// <summary>Where the channel's committed payloads are posted.</summary>
    /// <value>Unset: nowhere.</value>
    public WebhookOptions? Webhook { get; set; }
}
