using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>What the deliveries of a message make of its record, and how long they keep it.</summary>
public abstract class DeliveryRecordConformance(ITestOutputHelper output) : UnservedConformance(output)
{
    private static readonly DeliveryResult NotNow = DeliveryResult.Again(Start, "not now");
    private static readonly DeliveryResult Never = DeliveryResult.Dead("never");

    [StoreFact]
    public async Task A_message_is_pending_until_each_configured_sink_has_it()
    {
        var key = await Store.CommitAsync(First, Second, Subscribers);
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(key));
        await Ledger.TakeAsync(First);
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(key));
        await Ledger.SettleAsync(key, First, 1, DeliveryResult.Delivered);
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(key));
        await Ledger.TakeAndSettleAsync(Second, NotNow);
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(key));
        await Ledger.TakeAndSettleAsync(Second, DeliveryResult.Delivered);

        // Subscribers need not get it, and change nothing any more when they do.
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(key));
        await Ledger.TakeAndSettleAsync(Subscribers, NotNow);
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(key));
        await Ledger.TakeAndSettleAsync(Subscribers, DeliveryResult.Delivered);
        AssertSame(Committed(key, PlanFor()) with { Delivery = DeliveryState.Delivered }, await Store.FindAsync(key));
    }

    [StoreFact]
    public async Task A_message_without_configured_sinks_is_delivered_once_a_subscriber_has_it()
    {
        MessageKey nobody = await Store.CommitAsync(), key = await Store.CommitAsync(Subscribers);
        await Ledger.TakeAndSettleAsync(Subscribers, NotNow);
        Assert.Equal(DeliveryState.None, await Store.DeliveryOfAsync(key));
        await Ledger.TakeAndSettleAsync(Subscribers, DeliveryResult.Delivered);
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(key));
        Assert.Equal(DeliveryState.None, await Store.DeliveryOfAsync(nobody));
    }

    [StoreFact]
    public async Task A_message_that_a_subscriber_has_stays_pending_for_its_configured_sink()
    {
        var key = await Store.CommitAsync(First, Subscribers);
        await Ledger.TakeAndSettleAsync(Subscribers, DeliveryResult.Delivered);
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(key));
    }

    [StoreFact]
    public async Task A_dead_letter_keeps_a_message_pending_whichever_sink_it_is_of()
    {
        MessageKey bound = await Store.CommitAsync(First), both = await Store.CommitAsync(First, Subscribers), unbound = await Store.CommitAsync(Subscribers);
        await Ledger.TakeAndSettleAsync(Subscribers, Never);
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(unbound));
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Delivered);
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(bound));
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(both));

        Assert.Equal(1, await Ledger.DropAsync(both, Channel, CancellationToken.None));
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(both));
        Assert.Equal(1, await Ledger.ReviveAsync(unbound, Channel, CancellationToken.None));
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(unbound));
        await Ledger.TakeAndSettleAsync(Subscribers, Never);
        Assert.Equal(1, await Ledger.DropAsync(unbound, Channel, CancellationToken.None));
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(unbound));
    }

    [StoreFact]
    public async Task A_dead_letter_of_a_configured_sink_that_is_revived_is_pending_and_dropped_is_delivered()
    {
        MessageKey revived = await Store.CommitAsync(First), dropped = await Store.CommitAsync(First), waiting = await Store.CommitAsync(First, Second);
        await Ledger.TakeAndSettleAsync(First, Never);
        foreach (var key in new[] { revived, dropped, waiting })
        {
            Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(key));
        }

        await Ledger.ReviveAsync(revived, Channel, CancellationToken.None);
        await Ledger.DropAsync(dropped, Channel, CancellationToken.None);
        await Ledger.DropAsync(waiting, Channel, CancellationToken.None);
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(revived));
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(dropped));
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(waiting));
    }

    [StoreFact]
    public async Task Purge_keeps_what_is_pending_dead_or_just_being_delivered_and_drops_what_waits_for_subscribers()
    {
        var now = Start.AddSeconds(10);
        MessageKey waiting = NewKey(), dead = NewKey(), held = NewKey(), heldForGood = NewKey(), late = NewKey(), pending = NewKey(), delivered = NewKey(), had = NewKey();

        // The one that is being delivered is due first: it must not stand in the way of the others.
        var expiresAt = Start;
        await DueAsync(held, Subscribers);
        await Ledger.TakeAsync(Subscribers, until: now.AddTicks(10));
        await DueAsync(heldForGood, Subscribers);
        await Ledger.TakeAsync(Subscribers);
        await DueAsync(late, Subscribers);
        await Ledger.TakeAsync(Subscribers, until: now);
        await DueAsync(dead, Subscribers);
        await Ledger.TakeAndSettleAsync(Subscribers, Never);
        await DueAsync(had, Subscribers);
        await Ledger.TakeAndSettleAsync(Subscribers, DeliveryResult.Delivered);
        await DueAsync(delivered, First, Subscribers);
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Delivered);
        await DueAsync(pending, First, Subscribers);
        await DueAsync(waiting, Subscribers);

        var purged = new List<PurgedMessage>();
        for (IReadOnlyList<PurgedMessage> some = [default]; some.Count > 0; purged.AddRange(some))
        {
            some = await Catalogue.PurgeAsync(now, 1, CancellationToken.None);
            Assert.True(some.Count <= 1);
        }

        Assert.Equal(
            new[] { (waiting, true), (late, true), (had, false), (delivered, false) }.OrderBy(one => one.Item1.Id),
            purged.Select(one => (one.Key, one.WasUndelivered)).OrderBy(one => one.Key.Id));
        foreach (var key in new[] { waiting, late, had, delivered })
        {
            Assert.Null(await Store.FindAsync(key));
        }

        Assert.Equal([new SinkDepth(Channel, First, 1, 0, 0, Start), new SinkDepth(Channel, Subscribers, 1, 2, 1, Start)], await Ledger.DepthsAsync());
        Assert.False(await Ledger.SettleAsync(late, Subscribers, 1, DeliveryResult.Delivered));
        Assert.True(await Ledger.SettleAsync(heldForGood, Subscribers, 1, DeliveryResult.Delivered));
        Assert.Equal(
            new[] { (held, true), (heldForGood, false) }.OrderBy(one => one.Item1.Id),
            (await Catalogue.PurgeAsync(now.AddTicks(10), 10, CancellationToken.None)).Select(one => (one.Key, one.WasUndelivered)).OrderBy(one => one.Key.Id));

        async Task DueAsync(MessageKey key, params string[] sinks) => await Store.CommitAsync(key, PlanFor(sinks), expiresAt = expiresAt.AddTicks(10));
    }

    [StoreFact]
    public async Task What_was_dropped_or_delivered_is_purged_when_its_time_is_over()
    {
        MessageKey dropped = NewKey(), delivered = NewKey(), aborted = NewKey(), nobody = NewKey();
        await Store.CommitAsync(dropped, PlanFor(First), Start);
        await Ledger.TakeAndSettleAsync(First, Never);
        await Store.CommitAsync(delivered, PlanFor(First), Start);
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Delivered);
        await Store.CommitAsync(nobody, PlanFor(), Start);
        await Store.EndAsync(aborted, OutcomeState.Aborted, Bytes(10), expiresAt: Start);
        await Ledger.DropAsync(dropped, Channel, CancellationToken.None);

        Assert.Empty(await Catalogue.PurgeAsync(Start.AddTicks(-10), 10, CancellationToken.None));
        Assert.Equal(
            new[] { (dropped, false), (delivered, false), (aborted, false), (nobody, true) }.OrderBy(one => one.Item1.Id),
            (await Catalogue.PurgeAsync(Start, 10, CancellationToken.None)).Select(one => (one.Key, one.WasUndelivered)).OrderBy(one => one.Key.Id));
    }

    [StoreFact]
    public async Task A_purged_id_that_is_committed_again_has_new_entries()
    {
        var key = NewKey();
        await Store.CommitAsync(key, PlanFor(Subscribers), Start);
        await Ledger.TakeAndSettleAsync(Subscribers, DeliveryResult.Again(Later, "not now"));
        Assert.Single(await Catalogue.PurgeAsync(Start, 10, CancellationToken.None));
        await Store.CommitAsync(key, PlanFor(First, Subscribers));
        Assert.Equal([new DeliveryAttempt(key, Subscribers, 1)], await Ledger.TakeAsync(Subscribers));
        Assert.Equal([new DeliveryAttempt(key, First, 1)], await Ledger.TakeAsync(First));
    }
}
