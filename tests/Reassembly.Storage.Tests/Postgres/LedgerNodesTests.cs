using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Postgres;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;
using Reassembly.Testing.Postgres;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Postgres;

/// <summary>Several nodes with one ledger: who has an entry, and what becomes of it when he is gone.</summary>
public sealed class LedgerNodesTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [PostgresFact]
    public async Task Nodes_take_at_once_and_each_entry_is_taken_once()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var second = await harness.OpenAnotherAsync();
        await using var third = await harness.OpenAnotherAsync();
        PostgresMessageStore[] nodes = [harness.Postgres, second, third];
        var committing = Task.WhenAll(Enumerable.Range(0, 600).Select(index => Task.Run(() => nodes[index % 3].CommitAsync(First, Subscribers))));
        var taken = new ConcurrentBag<DeliveryAttempt>();
        await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 3).Select(taker => Task.Run(async () =>
        {
            var sink = taker == 0 ? Subscribers : First;
            DateTimeOffset? until = taker == 1 ? Later : null;
            for (var isLast = false; !isLast;)
            {
                isLast = committing.IsCompleted;
                for (IReadOnlyList<DeliveryAttempt> some = [default]; some.Count > 0;)
                {
                    some = await node.TakeAsync(sink, 1 + taker, until: until);
                    foreach (var attempt in some)
                    {
                        taken.Add(attempt);
                        Assert.True(await node.SettleAsync(attempt, DeliveryResult.Delivered));
                    }
                }
            }
        }))));

        var keys = await committing;
        Assert.All(taken, attempt => Assert.Equal(1, attempt.Attempt));
        foreach (var sink in new[] { First, Subscribers })
        {
            Assert.Equal(keys.OrderBy(key => key.Id), taken.Where(attempt => attempt.Sink == sink).Select(attempt => attempt.Key).OrderBy(key => key.Id));
        }

        Assert.Equal(600, await harness.AskAsync<long>($"SELECT count(*) FROM {harness.Schema}.message WHERE delivery = 2 AND owner IS NULL"));
    }

    [PostgresFact]
    public async Task Two_sinks_of_a_message_that_are_done_on_two_nodes_at_once_leave_it_delivered()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var second = await harness.OpenAnotherAsync();
        for (var round = 0; round < 60; round++)
        {
            var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => harness.Store.CommitAsync(First, Second))));
            await Task.WhenAll(
                harness.Ledger.TakeAndSettleAsync(First, DeliveryResult.Delivered), second.TakeAndSettleAsync(Second, DeliveryResult.Delivered));
            Assert.All(await Task.WhenAll(keys.Select(harness.Store.DeliveryOfAsync)), delivery => Assert.Equal(DeliveryState.Delivered, delivery));
        }
    }

    [PostgresFact]
    public async Task What_a_dead_node_had_taken_goes_to_another_and_the_attempt_counts()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var second = await harness.OpenAnotherAsync();
        await using var third = await harness.OpenAnotherAsync();
        var keys = new List<MessageKey>();
        for (var index = 0; index < 20; index++)
        {
            keys.Add(await harness.Store.CommitAsync(First, Second));
        }

        Assert.Equal(20, (await harness.Ledger.TakeAsync(First)).Count);
        Assert.Equal(20, (await harness.Ledger.TakeAsync(Second, until: Later)).Count);
        await PostgresHarness.BeatAsync(second, third);
        Assert.Empty(await second.TakeAsync(First, now: Start.AddYears(50)));

        // Its lease is given back, as after a stop; a crash only takes ten seconds longer.
        await harness.Postgres.DisposeAsync();
        await PostgresHarness.BeatAsync(second, third);
        var taken = await Task.WhenAll(second.TakeAsync(First, 12).AsTask(), third.TakeAsync(First, 12).AsTask());
        Assert.Equal(
            keys.Select(key => new DeliveryAttempt(key, First, 2)).OrderBy(attempt => attempt.Key.Id), taken.SelectMany(some => some).OrderBy(attempt => attempt.Key.Id));

        // What it had taken for a time is its own until then, dead or not.
        Assert.Empty(await second.TakeAsync(Second, now: Later.AddTicks(-1)));
        Assert.Equal(keys.Select(key => new DeliveryAttempt(key, Second, 2)), await second.TakeAsync(Second, now: Later));

        // Both took a share of them, perhaps.
        var told = harness.Log.All.Select(static line => Regex.Match(line, "([0-9]+) deliveries that nodes had under way")).Where(static match => match.Success);
        Assert.Equal(20, told.Sum(static match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)));
    }

    [PostgresFact]
    public async Task A_node_that_was_frozen_until_another_took_over_settles_nothing_and_takes_again_under_a_new_number()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var second = await harness.OpenAnotherAsync();
        var key = await harness.Store.CommitAsync(First);
        Assert.Equal([new DeliveryAttempt(key, First, 1)], await harness.Ledger.TakeAsync(First));
        var node = harness.Postgres.Node;
        await harness.ExecuteAsync($"DELETE FROM {harness.Schema}.node WHERE no = {node}");
        await Eventually.TrueAsync(async () => await second.TakeAsync(First) is [{ Attempt: 2 }], "the other takes it");

        Assert.False(await harness.Ledger.SettleAsync(key, First, 1, DeliveryResult.Delivered));
        Assert.Equal(DeliveryState.Pending, await harness.Store.DeliveryOfAsync(key));
        Assert.True(await second.SettleAsync(key, First, 2, DeliveryResult.Again(Start, "not now")));
        await Eventually.TrueAsync(() => harness.Postgres.Node != node, "a new number");
        Assert.Equal([new DeliveryAttempt(key, First, 3)], await harness.Ledger.TakeAsync(First));
        await PostgresHarness.BeatAsync(second);
        Assert.Empty(await second.TakeAsync(First));
        Assert.True(await harness.Ledger.SettleAsync(key, First, 3, DeliveryResult.Delivered));
    }

    [PostgresFact]
    public async Task Of_a_channel_one_is_in_hand_over_all_nodes_in_order_of_commit_and_a_dead_nodes_is_taken_over()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var second = await harness.OpenAnotherAsync();
        await using var third = await harness.OpenAnotherAsync();
        PostgresMessageStore[] nodes = [harness.Postgres, second, third];
        var keys = new List<MessageKey>();
        for (var index = 0; index < 150; index++)
        {
            keys.Add(await nodes[index % 3].CommitAsync(First));
        }

        var (handed, inHand) = (new List<MessageKey>(), 0);
        await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref handed).Count < 100)
            {
                if (await node.TakeNextAsync(First) is { } attempt)
                {
                    Assert.Equal(1, Interlocked.Increment(ref inHand));
                    handed.Add(attempt.Key);
                    Interlocked.Decrement(ref inHand);
                    Assert.True(await node.SettleAsync(attempt, DeliveryResult.Delivered));
                }
            }
        }))));
        Assert.Equal(keys[..handed.Count], handed);

        var held = (await harness.Postgres.TakeNextAsync(First))!.Value;
        Assert.Null(await second.TakeNextAsync(First));
        await harness.Postgres.DisposeAsync();
        await PostgresHarness.BeatAsync(second, third);
        Assert.Equal(held with { Attempt = 2 }, await second.TakeNextAsync(First));
    }

    [PostgresFact]
    public async Task A_message_that_a_dead_node_was_just_delivering_is_purged_and_one_of_a_live_node_is_not()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var second = await harness.OpenAnotherAsync();
        var key = NewKey();
        await harness.Store.CommitAsync(key, PlanFor(Subscribers), Start);
        Assert.Single(await harness.Ledger.TakeAsync(Subscribers));
        Assert.Empty(await second.PurgeAsync(Later, 10, CancellationToken.None));
        await harness.Postgres.DisposeAsync();
        Assert.Equal([new PurgedMessage(key, true)], await second.PurgeAsync(Later, 10, CancellationToken.None));
        Assert.Equal(0, await harness.AskAsync<long>($"SELECT count(*) FROM {harness.Schema}.delivery"));
    }

    [PostgresFact]
    public async Task Purging_and_taking_at_once_takes_no_message_from_a_taker()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var second = await harness.OpenAnotherAsync();
        var keys = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Task.Run(async () =>
        {
            var key = NewKey();
            await harness.Store.CommitAsync(key, PlanFor(Subscribers), Start);
            return key;
        })));
        var purged = 0;
        var purging = Task.Run(async () =>
        {
            for (IReadOnlyList<PurgedMessage> some = [default]; some.Count > 0; purged += some.Count)
            {
                some = await second.PurgeAsync(Later, 3, CancellationToken.None);
            }
        });
        var settled = 0;
        for (IReadOnlyList<DeliveryAttempt> some = [default]; some.Count > 0; settled += some.Count)
        {
            some = await harness.Ledger.TakeAsync(Subscribers, 2);
            foreach (var attempt in some)
            {
                Assert.NotNull(await harness.Store.FindAsync(attempt.Key));
                Assert.True(await harness.Ledger.SettleAsync(attempt, DeliveryResult.Delivered));
            }
        }

        await purging;
        purged += (await second.PurgeAsync(Later, 1000, CancellationToken.None)).Count;
        output.WriteLine($"{settled} delivered, {purged} purged");
        Assert.Equal(keys.Length, purged);
        Assert.Equal(0, await harness.AskAsync<long>($"SELECT count(*) FROM {harness.Schema}.delivery"));
    }

    [PostgresFact]
    public async Task Commits_and_revivals_are_told_to_the_other_nodes_within_a_second()
    {
        const string Named = "a channel, with ' and ä";
        await using var harness = await PostgresHarness.CreateAsync();
        await using var other = await harness.OpenAnotherAsync();
        await PostgresHarness.BeatAsync(harness.Postgres, other);
        NewsListener second = new(), own = new();
        await NewsListener.WhenListeningAsync(harness, listeners: 2);
        var key = NewKey();
        var quickest = TimeSpan.MaxValue;
        foreach (var committed in new[] { key, NewKey(), NewKey(), NewKey(), NewKey() })
        {
            var first = new NewsListener();
            using var listening = other.Subscribe(first);
            await harness.Store.CommitAsync(committed, new DeliveryPlan(Named, [First], Start));
            var begun = TimeProvider.System.GetTimestamp();
            Assert.Equal(Named, await first.Committed.Task.WaitAsync(Patience));
            quickest = Min(quickest, TimeProvider.System.GetElapsedTime(begun));
        }

        Assert.InRange(quickest, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        await harness.Ledger.TakeAndSettleAsync(First, DeliveryResult.Dead("never"));
        using var subscription = other.Subscribe(second);
        using var itself = harness.Postgres.Subscribe(own);
        await harness.Ledger.ReviveAsync(key, Named, CancellationToken.None);
        Assert.True(own.Committed.Task.IsCompletedSuccessfully);
        Assert.Equal(Named, await second.Committed.Task.WaitAsync(Patience));
    }

    [PostgresFact]
    public async Task Taking_costs_no_more_with_a_hundred_thousand_entries_than_with_a_thousand()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await FillAsync(harness, "few", 1000);
        await FillAsync(harness, "many", 100_000);

        // By turns, and the quickest of each: a busy machine makes single ones slow.
        TimeSpan few = TimeSpan.MaxValue, many = TimeSpan.MaxValue;
        for (var run = 0; run < 60; run++)
        {
            few = Min(few, await TakeAsync(harness, "few"));
            many = Min(many, await TakeAsync(harness, "many"));
        }

        output.WriteLine($"10 of 1,000 in {few.TotalMilliseconds:F2} ms, of 100,000 in {many.TotalMilliseconds:F2} ms");
        Assert.True(many < (few * 3) + TimeSpan.FromMilliseconds(1), $"10 of 1,000 in {few}, of 100,000 in {many}");
    }

    private static Task FillAsync(PostgresHarness harness, string sink, int entries)
        => harness.ExecuteAsync($"""
            WITH m AS (
                INSERT INTO {harness.Schema}.message (tenant, id, epoch, created_at, expires_at, state, committed)
                SELECT '{sink}', gen_random_uuid(), 0, 0, 0, 1, i FROM generate_series(1, {entries}) i RETURNING no, committed)
            INSERT INTO {harness.Schema}.delivery (no, sink, channel, committed, since) SELECT no, '{sink}', 'orders', committed, 0 FROM m
            """);

    private static async Task<TimeSpan> TakeAsync(PostgresHarness harness, string sink)
    {
        var begun = TimeProvider.System.GetTimestamp();
        Assert.Equal(10, (await harness.Ledger.TakeAsync(sink, 10)).Count);
        return TimeProvider.System.GetElapsedTime(begun);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
