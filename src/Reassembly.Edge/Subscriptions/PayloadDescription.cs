using Reassembly.Core.Delivery;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Subscriptions;

/// <summary>The <c>message</c> that goes before a payload's chunks (protocol section 5).</summary>
internal static class PayloadDescription
{
    public static PayloadMessage Of(CommittedPayload payload, string? claim = null) => new()
    {
        Id = payload.Id,
        Channel = payload.Channel,
        Size = payload.Size,
        Sha256 = payload.Sha256,
        ContentType = payload.ContentType,
        ContentEncoding = payload.ContentEncoding,
        Headers = payload.Headers,
        Attempt = payload.Attempt,
        Claim = claim,
    };
}
