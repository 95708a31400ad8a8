using System.Collections.Concurrent;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>How every ledger gives out what waits, and takes back what came of it.</summary>
public abstract class DeliveryConformance(ITestOutputHelper output) : StoreConformance(output)
{
    [StoreFact]
    public async Task Entries_are_put_in_by_the_commit_and_by_nothing_else()
    {
        MessageKey key = NewKey(), aborted = NewKey(), unplanned = NewKey();
        var plan = PlanFor(First, Subscribers);
        var stale = await Store.ClaimAsync(key);
        var epoch = await Store.ClaimAsync(key);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 10)), (0, Bytes(10)));
        await Assert.ThrowsAsync<FencedException>(() => Store.WriteAsync(key, stale, new MessageWrite([], Committed(key, plan), plan)).AsTask());
        await Store.EndAsync(aborted, OutcomeState.Aborted, Bytes(10));
        await Store.EndAsync(unplanned, OutcomeState.Committed, Bytes(10));
        Assert.Empty(await Ledger.DepthsAsync());
        Assert.Empty(await Ledger.TakeAsync(First));

        await Store.WriteAsync(key, epoch, new MessageWrite([], Committed(key, plan), plan));
        Assert.Equal([new SinkDepth(Channel, First, 1, 0, 0, Start), new SinkDepth(Channel, Subscribers, 1, 0, 0, Start)], await Ledger.DepthsAsync());
        Assert.Empty(await Ledger.TakeAsync(Second));
        Assert.Equal([new DeliveryAttempt(key, First, 1)], await Ledger.TakeAsync(First));
        Assert.Equal([new DeliveryAttempt(key, Subscribers, 1)], await Ledger.TakeAsync(Subscribers));
    }

    [StoreFact]
    public async Task Entries_are_taken_lowest_commit_first_as_many_as_asked_for_and_each_once()
    {
        var keys = new List<MessageKey>();
        for (var index = 0; index < 7; index++)
        {
            keys.Add(await Store.CommitAsync(First, Second));
        }

        Assert.Equal(keys[..3].Select(Attempt), await Ledger.TakeAsync(First, limit: 3));
        Assert.Equal(keys[3..6].Select(Attempt), await Ledger.TakeAsync(First, limit: 3));
        var late = await Store.CommitAsync(First);
        Assert.Equal([Attempt(keys[6]), Attempt(late)], await Ledger.TakeAsync(First, limit: 3));
        Assert.Empty(await Ledger.TakeAsync(First, limit: 3));

        static DeliveryAttempt Attempt(MessageKey key) => new(key, First, 1);
    }

    [StoreFact]
    public async Task Of_many_takers_at_once_each_entry_is_one_takers()
    {
        const int Takers = 8;
        var keys = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Task.Run(() => Store.CommitAsync(First))));
        var taken = new ConcurrentBag<DeliveryAttempt>();
        await Task.WhenAll(Enumerable.Range(1, Takers).Select(limit => Task.Run(async () =>
        {
            for (IReadOnlyList<DeliveryAttempt> some = []; taken.Count < keys.Length || some.Count > 0;)
            {
                some = await Ledger.TakeAsync(First, limit);
                Assert.True(some.Count <= limit);
                foreach (var attempt in some)
                {
                    taken.Add(attempt);
                    Assert.True(await Ledger.SettleAsync(attempt.Key, First, 1, DeliveryResult.Delivered));
                }
            }
        })));

        Assert.All(taken, attempt => Assert.Equal(1, attempt.Attempt));
        Assert.Equal(keys.OrderBy(key => key.Id), taken.Select(attempt => attempt.Key).OrderBy(key => key.Id));
        Assert.Empty(await Ledger.DepthsAsync());
    }

    [StoreFact]
    public async Task What_is_to_be_tried_again_is_not_taken_before_its_time_and_keeps_its_place()
    {
        MessageKey first = await Store.CommitAsync(First), second = await Store.CommitAsync(First);
        Assert.Equal(2, (await Ledger.TakeAsync(First)).Count);
        Assert.True(await Ledger.SettleAsync(second, First, 1, DeliveryResult.Again(Start, "not now")));
        Assert.Equal([new DeliveryAttempt(second, First, 2)], await Ledger.TakeAsync(First));
        Assert.True(await Ledger.SettleAsync(second, First, 2, DeliveryResult.Again(Start.AddSeconds(9), "not now")));
        Assert.True(await Ledger.SettleAsync(first, First, 1, DeliveryResult.Again(Start.AddSeconds(10), "not now")));
        var third = await Store.CommitAsync(First);

        Assert.Equal([new DeliveryAttempt(third, First, 1)], await Ledger.TakeAsync(First, now: Start.AddSeconds(9).AddTicks(-10)));
        Assert.True(await Ledger.SettleAsync(third, First, 1, DeliveryResult.Again(Start, "not now")));
        Assert.Equal(
            [new DeliveryAttempt(first, First, 2), new DeliveryAttempt(second, First, 3), new DeliveryAttempt(third, First, 2)],
            await Ledger.TakeAsync(First, now: Start.AddSeconds(10)));
    }

    [StoreFact]
    public async Task An_attempt_that_is_not_under_way_settles_nothing()
    {
        var key = await Store.CommitAsync(First, Second);
        DeliveryResult[] results = [DeliveryResult.Delivered, DeliveryResult.Again(Start, "not now"), DeliveryResult.Dead("never")];
        foreach (var result in results)
        {
            Assert.False(await Ledger.SettleAsync(key, First, 0, result));
            Assert.False(await Ledger.SettleAsync(key, First, 1, result));
        }

        await Ledger.TakeAsync(First);
        foreach (var result in results)
        {
            Assert.False(await Ledger.SettleAsync(key, First, 0, result));
            Assert.False(await Ledger.SettleAsync(key, First, 2, result));
            Assert.False(await Ledger.SettleAsync(key, Second, 1, result));
            Assert.False(await Ledger.SettleAsync(key, "nobody", 1, result));
            Assert.False(await Ledger.SettleAsync(NewKey(), First, 1, result));
            Assert.False(await Ledger.SettleAsync(key with { Tenant = "acme" }, First, 1, result));
        }

        Assert.Equal([new SinkDepth(Channel, First, 0, 1, 0, Start), new SinkDepth(Channel, Second, 1, 0, 0, Start)], await Ledger.DepthsAsync());
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(key));
        Assert.True(await Ledger.SettleAsync(key, First, 1, DeliveryResult.Delivered));
        Assert.False(await Ledger.SettleAsync(key, First, 1, DeliveryResult.Delivered));
        Assert.Equal([new SinkDepth(Channel, Second, 1, 0, 0, Start)], await Ledger.DepthsAsync());
    }

    [StoreFact]
    public async Task What_was_taken_for_a_time_is_taken_again_after_it_and_then_the_attempt_before_settles_nothing()
    {
        var key = await Store.CommitAsync(First);
        Assert.Single(await Ledger.TakeAsync(First, until: Start.AddSeconds(30)));
        Assert.Empty(await Ledger.TakeAsync(First, now: Start.AddSeconds(30).AddTicks(-10)));
        Assert.Equal([new DeliveryAttempt(key, First, 2, Token)], await Ledger.TakeAsync(First, now: Start.AddSeconds(30), until: Start.AddSeconds(60)));
        foreach (var result in new[] { DeliveryResult.Delivered, DeliveryResult.Again(Start, "not now"), DeliveryResult.Dead("never") })
        {
            Assert.False(await Ledger.SettleAsync(key, First, 1, result, Token));
        }

        Assert.Empty(await Ledger.TakeAsync(First, now: Start.AddSeconds(59)));

        // Its time is over, but it is nobody else's yet: what is known of it counts.
        Assert.True(await Ledger.SettleAsync(key, First, 2, DeliveryResult.Delivered, Token));
        Assert.Empty(await Ledger.TakeAsync(First, now: Start.AddSeconds(61)));
    }

    [StoreFact]
    public async Task What_is_over_in_time_and_was_looked_at_but_not_taken_can_still_be_settled()
    {
        MessageKey first = await Store.CommitAsync(First), second = await Store.CommitAsync(First);
        Assert.Equal(2, (await Ledger.TakeAsync(First, until: Start.AddSeconds(30))).Count);
        Assert.Equal([new DeliveryAttempt(first, First, 2, Token)], await Ledger.TakeAsync(First, limit: 1, now: Start.AddSeconds(30), until: Later));
        Assert.Equal([new SinkDepth(Channel, First, 0, 2, 0, Start)], await Ledger.DepthsAsync());
        Assert.True(await Ledger.SettleAsync(second, First, 1, DeliveryResult.Delivered, Token));
        Assert.Empty(await Ledger.TakeAsync(First, now: Start.AddSeconds(31)));
    }

    [StoreFact]
    public async Task What_was_taken_for_a_time_is_settled_with_its_claim_alone_and_what_was_not_without_one()
    {
        MessageKey lent = await Store.CommitAsync(First), held = await Store.CommitAsync(First), again = await Store.CommitAsync(First);
        Assert.Equal([new DeliveryAttempt(lent, First, 1, Token)], await Ledger.TakeAsync(First, limit: 1, until: Later));
        Assert.Equal([new DeliveryAttempt(held, First, 1)], await Ledger.TakeAsync(First, limit: 1));
        foreach (var result in new[] { DeliveryResult.Delivered, DeliveryResult.Again(Start, "not now"), DeliveryResult.Dead("never") })
        {
            Assert.False(await Ledger.SettleAsync(lent, First, 1, result));
            Assert.False(await Ledger.SettleAsync(lent, First, 1, result, Guid.NewGuid()));
            Assert.False(await Ledger.SettleAsync(held, First, 1, result, Token));
        }

        Assert.True(await Ledger.SettleAsync(lent, First, 1, DeliveryResult.Delivered, Token));
        Assert.True(await Ledger.SettleAsync(held, First, 1, DeliveryResult.Delivered));

        // The next taking is another's, with or without a claim.
        Assert.Single(await Ledger.TakeAsync(First, until: Start));
        Assert.Equal([new DeliveryAttempt(again, First, 2)], await Ledger.TakeAsync(First));
        Assert.False(await Ledger.SettleAsync(again, First, 2, DeliveryResult.Delivered, Token));
        Assert.True(await Ledger.SettleAsync(again, First, 2, DeliveryResult.Delivered));
    }

    [StoreFact]
    public async Task What_was_taken_without_a_time_is_nobody_elses_however_long_it_takes()
    {
        var key = await Store.CommitAsync(First);
        Assert.Single(await Ledger.TakeAsync(First));
        Assert.Empty(await Ledger.TakeAsync(First, now: Start.AddYears(50), until: Start.AddYears(60)));
        Assert.True(await Ledger.SettleAsync(key, First, 1, DeliveryResult.Delivered));
    }

    [StoreFact]
    public async Task Two_sinks_of_a_message_have_each_their_own_state()
    {
        var key = await Store.CommitAsync(First, Second, Subscribers);
        Assert.Single(await Ledger.TakeAsync(First, until: Start.AddSeconds(1)));
        Assert.Equal([new DeliveryAttempt(key, First, 2)], await Ledger.TakeAsync(First, now: Start.AddSeconds(1)));
        Assert.Equal([new DeliveryAttempt(key, Second, 1)], await Ledger.TakeAsync(Second));
        Assert.True(await Ledger.SettleAsync(key, Second, 1, DeliveryResult.Again(Later, "not now")));
        Assert.True(await Ledger.SettleAsync(key, First, 2, DeliveryResult.Dead("never")));
        Assert.Equal(
            [new SinkDepth(Channel, First, 0, 0, 1, null), new SinkDepth(Channel, Second, 1, 0, 0, Start), new SinkDepth(Channel, Subscribers, 1, 0, 0, Start)],
            await Ledger.DepthsAsync());
        Assert.Equal([new DeliveryAttempt(key, Second, 2)], await Ledger.TakeAsync(Second, now: Later));
        Assert.True(await Ledger.SettleAsync(key, Second, 2, DeliveryResult.Delivered));
        Assert.Equal([new DeliveryAttempt(key, Subscribers, 1)], await Ledger.TakeAsync(Subscribers));
        Assert.Equal(First, Assert.Single(await Ledger.DeadAsync()).Sink);
    }

    [StoreFact]
    public async Task The_same_id_of_another_tenant_has_entries_of_its_own()
    {
        var key = await Store.CommitAsync(First);
        var other = key with { Tenant = "acme" };
        await Store.CommitAsync(other, PlanFor(First));
        Assert.Equal([new DeliveryAttempt(key, First, 1), new DeliveryAttempt(other, First, 1)], await Ledger.TakeAsync(First));
        Assert.True(await Ledger.SettleAsync(other, First, 1, DeliveryResult.Delivered));
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(key));
        Assert.Equal(DeliveryState.Delivered, await Store.DeliveryOfAsync(other));
    }
}
