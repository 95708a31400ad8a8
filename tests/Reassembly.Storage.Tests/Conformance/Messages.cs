using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>Makes what the tests write.</summary>
internal static class Messages
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly DateTimeOffset Later = Start.AddHours(1);

    public static MessageKey NewKey(string tenant = MessageKey.DefaultTenant) => new(tenant, new MessageId(Guid.NewGuid()));

    public static MessageRecord Record(params ByteRange[] durable) => new() { CreatedAt = Start, ExpiresAt = Later, Durable = durable };

    public static MessageRecord Ended(MessageKey key, OutcomeState state, long size, DeliveryState delivery = DeliveryState.None) => new()
    {
        CreatedAt = Start,
        ExpiresAt = Later,
        Size = size,
        Durable = state == OutcomeState.Committed && size > 0 ? [new ByteRange(0, size)] : [],
        Outcome = new OutcomeMessage { Id = key.Id, State = state, Size = size, Sha256 = state == OutcomeState.Committed ? new string('a', 64) : null },
        Delivery = delivery,
    };

    public static OpenMessage Open(MessageKey key) => new()
    {
        Id = key.Id,
        Size = 123_456,
        Sha256 = new string('b', 64),
        Channel = "invoices",
        ContentType = "application/pdf",
        ContentEncoding = ContentEncodings.Gzip,
        Headers = new Dictionary<string, string> { ["trace"] = "ä \" \\ 日本", ["empty"] = string.Empty },
        TtlSeconds = 77,
    };

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static async Task<long> ClaimAsync(this IMessageStore store, MessageKey key)
        => (await store.ClaimAsync(key, Record(), CancellationToken.None)).Epoch;

    public static ValueTask WriteAsync(this IMessageStore store, MessageKey key, long epoch, MessageRecord record, params (long Offset, byte[] Bytes)[] segments)
        => store.WriteAsync(key, epoch, new MessageWrite([.. segments.Select(segment => new Segment(segment.Offset, segment.Bytes))], record));

    /// <summary>Writes a message in one go and ends it.</summary>
    public static async Task EndAsync(this IMessageStore store, MessageKey key, OutcomeState state, byte[] payload, DeliveryPlan? plan = null, DateTimeOffset? expiresAt = null)
    {
        var epoch = await store.ClaimAsync(key);
        await store.WriteAsync(key, epoch, Record([.. payload.Length > 0 ? [new ByteRange(0, payload.Length)] : Array.Empty<ByteRange>()]), (0, payload));
        var delivery = plan?.Sinks.Any(SinkNames.IsBinding) == true ? DeliveryState.Pending : DeliveryState.None;
        await store.WriteAsync(key, epoch, new MessageWrite([], Ended(key, state, payload.Length, delivery) with { ExpiresAt = expiresAt ?? Later }, plan));
    }

    public static async Task<byte[]> ReadAsync(this IMessageStore store, MessageKey key, long offset, int length)
    {
        var buffer = new byte[length];
        var read = await store.ReadAsync(key, offset, buffer, CancellationToken.None);
        return buffer[..read];
    }

    public static ValueTask<MessageRecord?> FindAsync(this IMessageStore store, MessageKey key) => store.FindAsync(key, CancellationToken.None);

    public static void AssertSame(MessageRecord expected, MessageRecord? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.CreatedAt, actual.CreatedAt);
        Assert.Equal(expected.ExpiresAt, actual.ExpiresAt);
        Assert.Equal(expected.Size, actual.Size);
        Assert.Equal(expected.Durable, actual.Durable);
        Assert.Equal(expected.Delivery, actual.Delivery);
        Assert.Equal(expected.Outcome, actual.Outcome);
        Assert.Equal(expected.Open?.Headers?.OrderBy(pair => pair.Key), actual.Open?.Headers?.OrderBy(pair => pair.Key));
        Assert.Equal(expected.Open is null ? null : expected.Open with { Headers = null }, actual.Open is null ? null : actual.Open with { Headers = null });
    }
}
