using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Webhooks.Settings;

namespace Reassembly.Webhooks.Tests.Hosting;

/// <summary>Makes what the tests deliver, and the settings they deliver with.</summary>
internal static class Payloads
{
    public const string Channel = "invoices";

    public const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

    public const string OtherSecret = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

    public static CommittedPayload Of(
        GeneratedStore store,
        long size,
        string? contentType = null,
        string? contentEncoding = null,
        IReadOnlyDictionary<string, string>? headers = null,
        string channel = Channel,
        string tenant = MessageKey.DefaultTenant,
        int attempt = 1,
        string? sha256 = null)
    {
        var key = new MessageKey(tenant, new MessageId(Guid.NewGuid()));
        var now = TimeProvider.System.GetUtcNow();
        var record = new MessageRecord
        {
            CreatedAt = now,
            ExpiresAt = now,
            Open = new OpenMessage { Id = key.Id, Channel = channel, ContentType = contentType, ContentEncoding = contentEncoding, Headers = headers },
            Outcome = new OutcomeMessage { Id = key.Id, State = OutcomeState.Committed, Size = size, Sha256 = sha256 ?? store.Sha256() },
        };
        return new CommittedPayload(store, key, record, attempt);
    }

    public static CommittedPayload Of(long size = 1000, IReadOnlyDictionary<string, string>? headers = null, string? contentType = null)
        => Of(new GeneratedStore(size), size, contentType: contentType, headers: headers);

    public static WebhookSink Sink(string url, string secret = Secret, int timeoutSeconds = 30, bool allowPrivate = true, TimeProvider? time = null)
        => new(Channel, new WebhookOptions { Url = url, Secret = secret, TimeoutSeconds = timeoutSeconds, AllowPrivateAddresses = allowPrivate }, time ?? TimeProvider.System);

    public static Task<DeliveryRefusedException> RefusedAsync(this WebhookSink sink, CommittedPayload payload)
        => Assert.ThrowsAsync<DeliveryRefusedException>(() => sink.DeliverAsync(payload, CancellationToken.None));
}
