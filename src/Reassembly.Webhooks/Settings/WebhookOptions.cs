namespace Reassembly.Webhooks.Settings;

/// <summary>The settings of one webhook, under <c>Reassembly:Channels:&lt;name&gt;:Webhook</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>
    /// Where payloads are posted: <c>https://…</c>; or <c>http://…</c> to private addresses, with <see cref="AllowPrivateAddresses"/>.
    /// No user name in it. Its path and query go out as they are and are in no message of this node.
    /// </summary>
    /// <value>none; it must be set</value>
    public string Url { get; set; } = string.Empty;

    /// <summary>
    /// What requests are signed with: <c>whsec_</c> and base64 of 24 to 64 random bytes. Several, with a space between them, while
    /// one takes the place of another: each request carries a signature of each.
    /// </summary>
    /// <value>none; it must be set</value>
    public string Secret { get; set; } = string.Empty;

    /// <summary>Seconds for a whole request, from the connection to the answer; the largest payload has to get through in them.</summary>
    /// <value>30</value>
    public int TimeoutSeconds { get; set; } = 30;

    /// <summary>Whether the host may be at a loopback, private, link-local or otherwise not public address.</summary>
    /// <value>false</value>
    public bool AllowPrivateAddresses { get; set; }
}
