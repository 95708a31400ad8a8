using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Testing;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>What an operator sees of a ledger, and decides.</summary>
public abstract class DeadLetterConformance(ITestOutputHelper output) : DeliveryRecordConformance(output)
{
    private const int RandomSteps = 4000;

    [StoreFact]
    public async Task Depths_are_told_for_each_channel_and_sink_with_the_oldest()
    {
        const string Other = "invoices";
        Assert.Empty(await Ledger.DepthsAsync());
        for (var index = 0; index < 6; index++)
        {
            await Store.CommitAsync(NewKey(), new DeliveryPlan(Channel, [First], Start.AddSeconds(index)));
            await Store.CommitAsync(NewKey(), new DeliveryPlan(Other, [First, SinkNames.Subscribers(Other)], Start.AddSeconds(10 + index)));
        }

        // Of both channels in turn, as they were committed: 1 delivered, 2 dead, 1 again, 3 under way.
        var taken = await Ledger.TakeAsync(First, limit: 7);
        DeliveryResult[] results =
        [
            DeliveryResult.Delivered, DeliveryResult.Dead("never"), DeliveryResult.Dead("never"), DeliveryResult.Again(Later, "not now"),
        ];
        foreach (var (attempt, result) in taken.Zip(results))
        {
            await Ledger.SettleAsync(attempt.Key, First, 1, result);
        }

        var orders = new SinkDepth(Channel, First, 2, 2, 1, Start.AddSeconds(2));
        SinkDepth[] invoices = [new(Other, First, 4, 1, 1, Start.AddSeconds(11)), new(Other, SinkNames.Subscribers(Other), 6, 0, 0, Start.AddSeconds(10))];
        Assert.Equal(invoices.Append(orders), await Ledger.DepthsAsync());
        Assert.Equal(invoices, await Ledger.DepthsAsync(Other));
        Assert.Equal([orders], await Ledger.DepthsAsync(Channel));
        Assert.Empty(await Ledger.DepthsAsync("nothing"));
    }

    [StoreFact]
    public async Task Dead_letters_are_listed_by_channel_in_the_order_of_their_commits_page_by_page()
    {
        var keys = new List<MessageKey>();
        for (var index = 0; index < 7; index++)
        {
            keys.Add(NewKey(index % 2 == 0 ? "acme" : MessageKey.DefaultTenant));
            await Store.CommitAsync(keys[^1], PlanFor(First) with { Since = Start.AddSeconds(index) });
            await Store.CommitAsync(NewKey(), new DeliveryPlan("invoices", [First], Start));
        }

        var taken = await Ledger.TakeAsync(First);
        foreach (var attempt in taken.Where(attempt => attempt.Key != keys[3]).Reverse())
        {
            Assert.True(await Ledger.SettleAsync(attempt, DeliveryResult.Dead($"never: {attempt.Key.Id}")));
        }

        DeadLetter[] expected = [.. keys.Select((key, index) => new DeadLetter(key, First, 1, $"never: {key.Id}", Start.AddSeconds(index))).Where(letter => letter.Key != keys[3])];
        Assert.Equal(expected, await Ledger.DeadAsync());
        Assert.Equal(expected[..2], await Ledger.DeadAsync(limit: 2));
        for (var size = 1; size <= 7; size++)
        {
            Assert.Equal(expected, await Ledger.DeadInPagesAsync(size));
        }

        Assert.Equal(7, (await Ledger.DeadAsync("invoices")).Count);
        Assert.Empty(await Ledger.DeadAsync("nothing"));
        Assert.Empty(await Ledger.TakeAsync(First, now: Start.AddYears(50)));
    }

    [StoreFact]
    public async Task Pages_of_messages_with_many_sinks_lose_and_repeat_nothing_also_when_letters_go_meanwhile()
    {
        const int Size = 4;
        string[] sinks = [.. Enumerable.Range(0, 5).Select(number => $"webhook-{number}")];
        for (var index = 0; index < 4; index++)
        {
            await Store.CommitAsync(sinks);
        }

        foreach (var sink in sinks.Reverse())
        {
            await Ledger.TakeAndSettleAsync(sink, DeliveryResult.Dead("never"));
        }

        var all = await Ledger.DeadAsync();
        Assert.Equal(20, all.Distinct().Count());
        for (var size = 1; size <= 21; size++)
        {
            Assert.Equal(all, await Ledger.DeadInPagesAsync(size));
        }

        // The letter where the page ended is sent again, and the message of another is dropped: what follows stays where it was.
        var page = await Ledger.ListDeadAsync(Channel, null, Size, CancellationToken.None);
        Assert.Equal(5, await Ledger.ReviveAsync(all[0].Key, Channel, CancellationToken.None));
        page = await Ledger.ListDeadAsync(Channel, page.Next, Size, CancellationToken.None);
        Assert.Equal(all.Skip(5).Take(Size), page.Letters);
        Assert.Equal(5, await Ledger.DropAsync(all[5].Key, Channel, CancellationToken.None));
        page = await Ledger.ListDeadAsync(Channel, page.Next, 100, CancellationToken.None);
        Assert.Equal(all.Skip(10), page.Letters);
    }

    [StoreFact]
    public async Task A_dead_letter_keeps_how_often_it_was_tried_and_the_last_reason()
    {
        var key = await Store.CommitAsync(First);
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Again(Start, "not now"));
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Again(Start, "not now either"));
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Dead("it says: \"never\" 日本"));
        Assert.Equal([new DeadLetter(key, First, 3, "it says: \"never\" 日本", Start)], await Ledger.DeadAsync());
        Assert.False(await Ledger.SettleAsync(key, First, 3, DeliveryResult.Delivered));
    }

    [StoreFact]
    public async Task Dead_letters_that_are_revived_have_all_attempts_before_them_again()
    {
        var (key, other) = (await Store.CommitAsync(First, Second, Subscribers), await Store.CommitAsync(First));
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Again(Start, "not now"));
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Dead("never"));
        await Ledger.TakeAndSettleAsync(Second, DeliveryResult.Dead("never"));
        await Ledger.TakeAndSettleAsync(Subscribers, DeliveryResult.Again(Later, "not now"));

        Assert.Equal(0, await Ledger.ReviveAsync(key, "invoices", CancellationToken.None));
        Assert.Equal(0, await Ledger.ReviveAsync(NewKey(), Channel, CancellationToken.None));
        Assert.Equal(0, await Ledger.ReviveAsync(key with { Tenant = "acme" }, Channel, CancellationToken.None));
        Assert.Equal(3, (await Ledger.DeadAsync()).Count);
        Assert.Equal(2, await Ledger.ReviveAsync(key, Channel, CancellationToken.None));
        Assert.Equal(0, await Ledger.ReviveAsync(key, Channel, CancellationToken.None));
        Assert.Equal(other, Assert.Single(await Ledger.DeadAsync()).Key);
        Assert.Equal([new DeliveryAttempt(key, First, 1)], await Ledger.TakeAsync(First));
        Assert.Equal([new DeliveryAttempt(key, Second, 1)], await Ledger.TakeAsync(Second));
        Assert.Empty(await Ledger.TakeAsync(Subscribers));
        Assert.True(await Ledger.SettleAsync(key, First, 1, DeliveryResult.Delivered));
    }

    [StoreFact]
    public async Task Dead_letters_that_are_dropped_are_gone_and_what_else_waits_stays()
    {
        var key = await Store.CommitAsync(First, Second, Subscribers);
        await Ledger.TakeAndSettleAsync(First, DeliveryResult.Dead("never"));
        await Ledger.TakeAndSettleAsync(Second, DeliveryResult.Dead("never"));

        Assert.Equal(0, await Ledger.DropAsync(key, "invoices", CancellationToken.None));
        Assert.Equal(0, await Ledger.DropAsync(NewKey(), Channel, CancellationToken.None));
        Assert.Equal(2, await Ledger.DropAsync(key, Channel, CancellationToken.None));
        Assert.Equal(0, await Ledger.DropAsync(key, Channel, CancellationToken.None));
        Assert.Empty(await Ledger.DeadAsync());
        Assert.Equal([new SinkDepth(Channel, Subscribers, 1, 0, 0, Start)], await Ledger.DepthsAsync());
        Assert.Empty(await Ledger.TakeAsync(First));
    }

    [StoreFact]
    public async Task Thousands_of_random_steps_go_as_in_the_reference()
    {
        var model = new DeliveryModel(Harness, Seed.Random(Output.WriteLine));
        for (var step = 0; step < RandomSteps; step++)
        {
            await model.StepAsync();
        }

        Output.WriteLine(model.Summary);
    }
}
