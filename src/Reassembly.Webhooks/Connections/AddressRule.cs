using System.Net;
using Reassembly.Webhooks.Settings;

namespace Reassembly.Webhooks.Connections;

/// <summary>Which addresses a webhook may be at.</summary>
/// <param name="AllowsPrivate">Whether those that are not public are allowed.</param>
/// <param name="IsEncrypted">Whether the connection is: what is not stays within private networks.</param>
internal sealed record AddressRule(bool AllowsPrivate, bool IsEncrypted)
{
    /// <summary>Why an address is refused, beginning with the address; null where it is allowed.</summary>
    public string? ObjectionTo(IPAddress address) => AddressKinds.Find(address) switch
    {
        null => IsEncrypted ? null : $"{address}, a public address, and plain http is for private addresses only",
        var kind => AllowsPrivate ? null : $"{address}, {kind} address, and {nameof(WebhookOptions.AllowPrivateAddresses)} is not set",
    };
}
