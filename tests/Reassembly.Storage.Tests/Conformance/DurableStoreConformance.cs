using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Testing;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>What every store does that promises to outlive its process: whatever completed before it died is there, and is right.</summary>
public abstract class DurableStoreConformance(ITestOutputHelper output) : DurableDeliveryConformance(output)
{
    private const int DeathsAtEachStep = 6;
    private const int RandomRounds = 25;

    [StoreFact]
    public async Task Reopening_finds_everything()
    {
        await using var harness = await CreateDurableAsync();
        MessageKey open = NewKey(), described = NewKey("acme"), pending = NewKey(), second = NewKey(), delivered = NewKey(), rejected = NewKey();
        var record = Record(new ByteRange(0, 10), new ByteRange(20, 30));
        await harness.Store.WriteAsync(open, await harness.Store.ClaimAsync(open), record, (0, Bytes(10)), (20, Bytes(10)));
        await harness.Store.WriteAsync(described, await harness.Store.ClaimAsync(described), Record() with { Open = Open(described) });
        await harness.Store.EndAsync(delivered, OutcomeState.Committed, Bytes(50), PlanFor(First));
        await harness.Ledger.TakeAndSettleAsync(First, DeliveryResult.Delivered);
        await harness.Store.EndAsync(pending, OutcomeState.Committed, Bytes(40), PlanFor(First));
        await harness.Store.EndAsync(second, OutcomeState.Committed, Bytes(41), PlanFor(First));
        await harness.Store.EndAsync(rejected, OutcomeState.Rejected, Bytes(60));
        var usage = await harness.Catalogue.GetUsageAsync(CancellationToken.None);
        var lastEpoch = await harness.Store.ClaimAsync(open);

        for (var times = 0; times < 2; times++)
        {
            await harness.ReopenAsync();
            AssertSame(record, await harness.Store.FindAsync(open));
            Assert.Equal(Bytes(10), await harness.Store.ReadAsync(open, 20, 100));
            AssertSame(Record() with { Open = Open(described) }, await harness.Store.FindAsync(described));
            Assert.Equal(
                [new DeliveryAttempt(pending, First, times + 1), new DeliveryAttempt(second, First, times + 1)],
                await harness.Ledger.TakeAsync(First));
            AssertSame(Ended(delivered, OutcomeState.Committed, 50, DeliveryState.Delivered), await harness.Store.FindAsync(delivered));
            Assert.Equal(Bytes(40), await harness.Store.ReadAsync(pending, 0, 100));
            AssertSame(Ended(rejected, OutcomeState.Rejected, 60), await harness.Store.FindAsync(rejected));
            Assert.Empty(await harness.Store.ReadAsync(rejected, 0, 100));
            Assert.Equal(usage, await harness.Catalogue.GetUsageAsync(CancellationToken.None));
            var epoch = await harness.Store.ClaimAsync(open);
            Assert.True(epoch > lastEpoch);
            lastEpoch = epoch;
        }
    }

    [StoreFact]
    public async Task Owners_from_before_a_reopening_are_fenced()
    {
        await using var harness = await CreateDurableAsync();
        var key = NewKey();
        var epoch = await harness.Store.ClaimAsync(key);
        await harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 10)), (0, Bytes(10)));
        await harness.ReopenAsync();
        await Assert.ThrowsAsync<FencedException>(() => harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 20)), (10, Bytes(10))).AsTask());
        await harness.Store.ClaimAsync(key);
        await Assert.ThrowsAsync<FencedException>(() => harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 20)), (10, Bytes(10))).AsTask());
    }

    [StoreFact]
    public async Task A_death_at_any_step_loses_nothing_that_completed()
    {
        var deaths = 0;
        foreach (var step in await StepsAsync(harness => harness.Steps))
        {
            for (var skip = 0; skip < DeathsAtEachStep; skip++)
            {
                await using var harness = await CreateDurableAsync();
                var model = new StoreModel(harness, new Random(skip));
                harness.DieAt(step, skip);
                for (var write = 0; write < 12 && !model.SawFailure; write++)
                {
                    await model.WriteSomewhereAsync(atOnce: 2);
                }

                deaths += model.SawFailure ? 1 : 0;
                await harness.ReopenAsync();
                await model.CheckAsync();
            }
        }

        Output.WriteLine($"{deaths} deaths");
        Assert.True(deaths > DeathsAtEachStep);
    }

    [StoreFact]
    public async Task Random_writes_with_deaths_at_random_steps_lose_nothing_that_completed()
    {
        var random = Seed.Random(Output.WriteLine);
        var steps = await StepsAsync(harness => harness.Steps);
        await using var harness = await CreateDurableAsync();
        var model = new StoreModel(harness, random);
        for (var round = 0; round < RandomRounds; round++)
        {
            harness.DieAt(steps[random.Next(steps.Count)], random.Next(20));
            for (var write = 0; write < 30 && !model.SawFailure; write++)
            {
                await model.WriteSomewhereAsync(atOnce: 1 + random.Next(4));
            }

            await harness.ReopenAsync();
            await model.CheckAsync();
        }

        Output.WriteLine($"{model.Completed} writes completed, {model.Failed} failed");
    }

    [StoreFact]
    public async Task A_step_that_fails_once_fails_its_write_and_the_next_attempt_succeeds()
    {
        foreach (var step in await StepsAsync(harness => harness.FailingSteps))
        {
            await using var harness = await CreateDurableAsync();
            var model = new StoreModel(harness, new Random(7));
            for (var write = 0; write < 12; write++)
            {
                if (write % 3 == 0)
                {
                    harness.FailAt(step);
                }

                await model.WriteSomewhereAsync(atOnce: 1);
            }

            await model.CheckAsync();
            await harness.ReopenAsync();
            await model.CheckAsync();
        }
    }
}
