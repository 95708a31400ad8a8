using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>Shortens what the tests ask of the ledger. Times are those of the calls: no store looks at a clock for them.</summary>
internal static class Deliveries
{
    public const string Channel = "orders";

    public const string First = "directory";

    public const string Second = "handler";

    public static readonly string Subscribers = SinkNames.Subscribers(Channel);

    public static DeliveryPlan PlanFor(params string[] sinks) => new(Channel, sinks, Messages.Start);

    /// <summary>The record that a session writes with a plan.</summary>
    public static MessageRecord Committed(MessageKey key, DeliveryPlan plan) => Messages.Ended(
        key, OutcomeState.Committed, 0, plan.Sinks.Any(SinkNames.IsBinding) ? DeliveryState.Pending : DeliveryState.None);

    /// <summary>Commits an empty message.</summary>
    public static async Task CommitAsync(this IMessageStore store, MessageKey key, DeliveryPlan plan, DateTimeOffset? expiresAt = null)
        => await store.WriteAsync(
            key, await store.ClaimAsync(key), new MessageWrite([], Committed(key, plan) with { ExpiresAt = expiresAt ?? Messages.Later }, plan));

    public static async Task<MessageKey> CommitAsync(this IMessageStore store, params string[] sinks)
    {
        var key = Messages.NewKey();
        await store.CommitAsync(key, PlanFor(sinks));
        return key;
    }

    /// <summary>The token of all that tests take for a time.</summary>
    public static readonly Guid Token = Guid.Parse("0199c0de-0000-4000-8000-00000000000c");

    public static ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(this IDeliveryLedger ledger, string sink, int limit = 100, DateTimeOffset? now = null, DateTimeOffset? until = null)
        => ledger.TakeAsync(sink, limit, now ?? Messages.Start, until is { } end ? new DeliveryClaim(Token, end) : null, CancellationToken.None);

    public static ValueTask<DeliveryAttempt?> TakeNextAsync(this IDeliveryLedger ledger, string sink, string channel = Channel, int most = 1, DateTimeOffset? now = null)
        => ledger.TakeNextAsync(sink, channel, most, now ?? Messages.Start, CancellationToken.None);

    public static async Task<string[]> ChannelsAsync(this IDeliveryLedger ledger, string sink, DateTimeOffset? now = null)
        => [.. (await ledger.ListChannelsAsync(sink, now ?? Messages.Start, CancellationToken.None)).Order(StringComparer.Ordinal)];

    public static ValueTask<bool> SettleAsync(this IDeliveryLedger ledger, DeliveryAttempt attempt, DeliveryResult result)
        => ledger.SettleAsync(attempt, result, CancellationToken.None);

    public static ValueTask<bool> SettleAsync(this IDeliveryLedger ledger, MessageKey key, string sink, int attempt, DeliveryResult result, Guid? claim = null)
        => ledger.SettleAsync(new DeliveryAttempt(key, sink, attempt, claim), result);

    /// <summary>Takes what waits for a sink, once, and settles it all with one result.</summary>
    public static async Task TakeAndSettleAsync(this IDeliveryLedger ledger, string sink, DeliveryResult result, DateTimeOffset? now = null)
    {
        foreach (var attempt in await ledger.TakeAsync(sink, now: now))
        {
            Assert.True(await ledger.SettleAsync(attempt, result));
        }
    }

    public static async Task<DeliveryState> DeliveryOfAsync(this IMessageStore store, MessageKey key)
        => (await store.FindAsync(key))!.Delivery;

    /// <summary>What waits, in an order of the tests' own.</summary>
    public static async Task<SinkDepth[]> DepthsAsync(this IDeliveryLedger ledger, string? channel = null)
        => [.. (await ledger.ListDepthsAsync(channel, CancellationToken.None))
            .OrderBy(depth => depth.Channel, StringComparer.Ordinal).ThenBy(depth => depth.Sink, StringComparer.Ordinal)];

    public static async Task<IReadOnlyList<DeadLetter>> DeadAsync(this IDeliveryLedger ledger, string channel = Channel, int limit = 100)
        => (await ledger.ListDeadAsync(channel, null, limit, CancellationToken.None)).Letters;

    /// <summary>All dead letters, in pages of that size.</summary>
    public static async Task<IReadOnlyList<DeadLetter>> DeadInPagesAsync(this IDeliveryLedger ledger, int size, string channel = Channel)
    {
        var letters = new List<DeadLetter>();
        for (var page = await ledger.ListDeadAsync(channel, null, size, CancellationToken.None); ;)
        {
            letters.AddRange(page.Letters);
            if (page.Next is null)
            {
                Assert.True(page.Letters.Count < size);
                return letters;
            }

            Assert.Equal(size, page.Letters.Count);
            page = await ledger.ListDeadAsync(channel, page.Next, size, CancellationToken.None);
        }
    }
}
