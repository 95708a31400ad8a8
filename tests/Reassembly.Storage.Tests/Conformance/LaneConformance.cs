using Reassembly.Core;
using Reassembly.Core.Storage;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>How every ledger gives out the entries of a configured sink, channel by channel.</summary>
public abstract class LaneConformance(ITestOutputHelper output) : DeliveryConformance(output)
{
    private const string Other = "invoices";

    [StoreFact]
    public async Task Of_a_channel_one_is_taken_at_a_time_in_order_of_commit()
    {
        MessageKey first = await Store.CommitAsync(First, Second), second = await Store.CommitAsync(First), third = await Store.CommitAsync(First);
        Assert.Equal(new DeliveryAttempt(first, First, 1), await Ledger.TakeNextAsync(First));
        Assert.Null(await Ledger.TakeNextAsync(First));
        Assert.Equal(new DeliveryAttempt(first, Second, 1), await Ledger.TakeNextAsync(Second));
        Assert.True(await Ledger.SettleAsync(first, First, 1, DeliveryResult.Delivered));
        Assert.Equal(new DeliveryAttempt(second, First, 1), await Ledger.TakeNextAsync(First));

        // What is to be tried again later holds up nothing, and has its place again when it is due.
        Assert.True(await Ledger.SettleAsync(second, First, 1, DeliveryResult.Again(Start.AddSeconds(5), "not now")));
        Assert.Equal(new DeliveryAttempt(third, First, 1), await Ledger.TakeNextAsync(First));
        Assert.Null(await Ledger.TakeNextAsync(First, now: Start.AddSeconds(5)));
        Assert.True(await Ledger.SettleAsync(third, First, 1, DeliveryResult.Again(Start, "not now")));
        Assert.Equal(new DeliveryAttempt(second, First, 2), await Ledger.TakeNextAsync(First, now: Start.AddSeconds(5)));
        Assert.True(await Ledger.SettleAsync(second, First, 2, DeliveryResult.Dead("never")));
        Assert.Equal(new DeliveryAttempt(third, First, 2), await Ledger.TakeNextAsync(First, now: Start.AddSeconds(5)));
    }

    [StoreFact]
    public async Task As_many_of_a_channel_are_taken_at_once_as_may_be_and_other_channels_do_not_count()
    {
        var keys = new List<MessageKey>();
        for (var index = 0; index < 5; index++)
        {
            keys.Add(await Store.CommitAsync(First));
            await Store.CommitAsync(NewKey(), new DeliveryPlan(Other, [First], Start));
        }

        for (var index = 0; index < 3; index++)
        {
            Assert.Equal(new DeliveryAttempt(keys[index], First, 1), await Ledger.TakeNextAsync(First, most: 3));
        }

        Assert.Null(await Ledger.TakeNextAsync(First, most: 3));
        Assert.NotNull(await Ledger.TakeNextAsync(First, Other));
        Assert.Null(await Ledger.TakeNextAsync(First, Other));
        Assert.Null(await Ledger.TakeNextAsync(First, "nothing"));
        Assert.True(await Ledger.SettleAsync(keys[1], First, 1, DeliveryResult.Delivered));
        Assert.Equal(new DeliveryAttempt(keys[3], First, 1), await Ledger.TakeNextAsync(First, most: 3));
    }

    [StoreFact]
    public async Task Channels_are_listed_of_which_something_can_be_taken()
    {
        Assert.Empty(await Ledger.ChannelsAsync(First));
        foreach (var channel in new[] { "b", "a", "ä", "c", "a", "c" })
        {
            await Store.CommitAsync(NewKey(), new DeliveryPlan(channel, [First, SinkNames.Subscribers(channel)], Start));
        }

        Assert.Equal(["a", "b", "c", "ä"], await Ledger.ChannelsAsync(First));
        Assert.Empty(await Ledger.ChannelsAsync(Second));
        Assert.True(await Ledger.SettleAsync((await Ledger.TakeNextAsync(First, "b"))!.Value, DeliveryResult.Delivered));
        Assert.True(await Ledger.SettleAsync((await Ledger.TakeNextAsync(First, "ä"))!.Value, DeliveryResult.Again(Start.AddSeconds(1), "not now")));
        await Ledger.TakeNextAsync(First, "a");
        Assert.Equal(["a", "c"], await Ledger.ChannelsAsync(First));
        Assert.Equal(["a", "c", "ä"], await Ledger.ChannelsAsync(First, Start.AddSeconds(1)));
    }

    [StoreFact]
    public async Task Of_many_takers_of_a_channel_one_has_something_at_a_time_and_the_order_is_that_of_the_commits()
    {
        const int Takers = 6;
        var keys = new List<MessageKey>();
        for (var index = 0; index < 60; index++)
        {
            keys.Add(await Store.CommitAsync(First));
        }

        var handed = new List<MessageKey>();
        var inHand = 0;
        await Task.WhenAll(Enumerable.Range(0, Takers).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref handed).Count < keys.Count)
            {
                if (await Ledger.TakeNextAsync(First) is { } attempt)
                {
                    Assert.Equal(1, Interlocked.Increment(ref inHand));
                    handed.Add(attempt.Key);
                    await Task.Yield();
                    Assert.Equal(0, Interlocked.Decrement(ref inHand));
                    Assert.True(await Ledger.SettleAsync(attempt, DeliveryResult.Delivered));
                }
            }
        })));
        Assert.Equal(keys, handed);
    }
}
