using Reassembly.Core;
using Reassembly.Core.Storage;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>What becomes of entries whose sink no node has any more.</summary>
public abstract class UnservedConformance(ITestOutputHelper output) : LaneConformance(output)
{
    private const string Reason = "no node has it";

    [StoreFact]
    public async Task That_a_sink_is_unserved_counts_from_the_first_node_that_says_so_until_one_has_it()
    {
        await Store.CommitAsync(First, Second);
        await NoteAsync(isServed: false, Start);
        await NoteAsync(isServed: false, Start.AddSeconds(9));
        SinkDepth[] expected = [new SinkDepth(Channel, First, 1, 0, 0, Start) { UnservedSince = Start }, new SinkDepth(Channel, Second, 1, 0, 0, Start)];
        Assert.Equal(expected, await Ledger.DepthsAsync());
        Assert.Equal(expected, await Ledger.DepthsAsync(Channel));
        await NoteAsync(isServed: true, Start.AddSeconds(10));
        await NoteAsync(isServed: true, Start.AddSeconds(10));
        Assert.All(await Ledger.DepthsAsync(), depth => Assert.Null(depth.UnservedSince));
        await NoteAsync(isServed: false, Start.AddSeconds(11));
        Assert.Equal(Start.AddSeconds(11), (await Ledger.DepthsAsync())[0].UnservedSince);
    }

    [StoreFact]
    public async Task What_waits_for_an_unserved_sink_becomes_dead_letters_after_the_time_and_nothing_else_does()
    {
        var keys = new List<MessageKey>();
        for (var index = 0; index < 5; index++)
        {
            keys.Add(NewKey());
            await Store.CommitAsync(keys[^1], new DeliveryPlan(Channel, [First, Second, Subscribers], Start.AddSeconds(index)));
            await Store.CommitAsync(NewKey(), new DeliveryPlan("invoices", [First], Start));
        }

        // Nobody said that it is unserved, or not for as long.
        Assert.Equal(0, await BuryAsync(Later));
        await NoteAsync(isServed: false, Start.AddSeconds(2));
        Assert.Equal(0, await BuryAsync(Start.AddSeconds(2).AddTicks(-10)));

        // One was tried before, and is to be tried again; one is in somebody's hands.
        Assert.Equal(keys[0], (await Ledger.TakeNextAsync(First))!.Value.Key);
        Assert.True(await Ledger.SettleAsync(keys[0], First, 1, DeliveryResult.Again(Start.AddSeconds(1), "not now")));
        Assert.Equal(keys[1], (await Ledger.TakeNextAsync(First))!.Value.Key);

        Assert.Equal(1, await BuryAsync(Start.AddSeconds(3), limit: 1));
        Assert.Equal(2, await BuryAsync(Start.AddSeconds(3)));
        Assert.Equal(0, await BuryAsync(Start.AddSeconds(3)));
        Assert.Equal([new SinkDepth(Channel, First, 1, 1, 3, Start.AddSeconds(1)) { UnservedSince = Start.AddSeconds(2) }], (await Ledger.DepthsAsync(Channel)).Where(depth => depth.Sink == First));
        Assert.Equal(
            [new DeadLetter(keys[0], First, 1, Reason, Start), new DeadLetter(keys[2], First, 0, Reason, Start.AddSeconds(2)), new DeadLetter(keys[3], First, 0, Reason, Start.AddSeconds(3))],
            await Ledger.DeadAsync());
        Assert.All(await Ledger.DepthsAsync("invoices"), depth => Assert.Equal((5L, 0L), (depth.Waiting, depth.Dead)));
        Assert.True(await Ledger.SettleAsync(keys[1], First, 1, DeliveryResult.Delivered));
        Assert.Equal(DeliveryState.Pending, await Store.DeliveryOfAsync(keys[2]));

        // They are dead letters like any other.
        Assert.Equal(1, await Ledger.ReviveAsync(keys[2], Channel, CancellationToken.None));
        Assert.Equal(1, await Ledger.DropAsync(keys[3], Channel, CancellationToken.None));
        Assert.Equal(new DeliveryAttempt(keys[2], First, 1), await Ledger.TakeNextAsync(First));
        Assert.Null(await Ledger.TakeNextAsync(First, now: Later));
    }

    private ValueTask NoteAsync(bool isServed, DateTimeOffset now) => Ledger.NoteServedAsync(Channel, First, isServed, now, CancellationToken.None);

    private ValueTask<int> BuryAsync(DateTimeOffset before, int limit = 100) => Ledger.BuryAsync(Channel, First, before, Reason, limit, CancellationToken.None);
}
