using Reassembly.Core.Storage;
using Reassembly.Testing;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>What every ledger does that promises to outlive its process.</summary>
public abstract class DurableDeliveryConformance(ITestOutputHelper output) : MessageStoreConformance(output)
{
    private const int Lives = 12;
    private const int StepsOfALife = 150;

    protected abstract ValueTask<IDurableStoreHarness> CreateDurableAsync();

    protected sealed override async ValueTask<IStoreHarness> CreateAsync() => await CreateDurableAsync();

    [StoreFact]
    public async Task Reopening_finds_what_waits_what_is_to_be_tried_again_and_the_dead_letters()
    {
        await using var harness = await CreateDurableAsync();
        var (tried, dead, delivered) = (await harness.Store.CommitAsync(First), await harness.Store.CommitAsync(First, Subscribers), await harness.Store.CommitAsync(First));
        Assert.Equal(3, (await harness.Ledger.TakeAsync(First)).Count);
        Assert.True(await harness.Ledger.SettleAsync(tried, First, 1, DeliveryResult.Again(Start.AddSeconds(5), "not now")));
        Assert.True(await harness.Ledger.SettleAsync(dead, First, 1, DeliveryResult.Dead("never")));
        Assert.True(await harness.Ledger.SettleAsync(delivered, First, 1, DeliveryResult.Delivered));
        var waiting = await harness.Store.CommitAsync(First);

        for (var times = 0; times < 2; times++)
        {
            await harness.ReopenAsync();
            Assert.Equal([new SinkDepth(Channel, First, 2, 0, 1, Start), new SinkDepth(Channel, Subscribers, 1, 0, 0, Start)], await harness.Ledger.DepthsAsync());
            Assert.Equal([new DeadLetter(dead, First, 1, "never", Start)], await harness.Ledger.DeadAsync());
            Assert.Equal(DeliveryState.Pending, await harness.Store.DeliveryOfAsync(dead));
            Assert.Equal(DeliveryState.Delivered, await harness.Store.DeliveryOfAsync(delivered));
        }

        Assert.Equal([new DeliveryAttempt(waiting, First, 1)], await harness.Ledger.TakeAsync(First, now: Start.AddSeconds(4)));
        Assert.Equal([new DeliveryAttempt(tried, First, 2)], await harness.Ledger.TakeAsync(First, now: Start.AddSeconds(5)));
        Assert.Equal(1, await harness.Ledger.ReviveAsync(dead, Channel, CancellationToken.None));
        await harness.ReopenAsync();
        Assert.Equal(
            [new DeliveryAttempt(tried, First, 3), new DeliveryAttempt(dead, First, 1), new DeliveryAttempt(waiting, First, 2)],
            await harness.Ledger.TakeAsync(First, now: Start.AddSeconds(5)));
        Assert.Equal([new DeliveryAttempt(dead, Subscribers, 1)], await harness.Ledger.TakeAsync(Subscribers));
    }

    [StoreFact]
    public async Task What_was_taken_without_a_time_waits_again_after_a_reopening_and_its_attempt_counts()
    {
        await using var harness = await CreateDurableAsync();
        var key = await harness.Store.CommitAsync(First);
        for (var attempt = 1; attempt < 4; attempt++)
        {
            Assert.Equal([new DeliveryAttempt(key, First, attempt)], await harness.Ledger.TakeAsync(First));
            await harness.ReopenAsync();
            Assert.Equal([new SinkDepth(Channel, First, 1, 0, 0, Start)], await harness.Ledger.DepthsAsync());
            Assert.False(await harness.Ledger.SettleAsync(key, First, attempt, DeliveryResult.Delivered));
        }
    }

    [StoreFact]
    public async Task What_was_taken_for_a_time_stays_taken_over_a_reopening_until_then()
    {
        await using var harness = await CreateDurableAsync();
        var (key, settled) = (await harness.Store.CommitAsync(First), await harness.Store.CommitAsync(First));
        Assert.Equal(2, (await harness.Ledger.TakeAsync(First, until: Later)).Count);
        await harness.ReopenAsync();
        Assert.Equal([new SinkDepth(Channel, First, 0, 2, 0, Start)], await harness.Ledger.DepthsAsync());
        Assert.Empty(await harness.Ledger.TakeAsync(First, now: Later.AddTicks(-10)));
        Assert.True(await harness.Ledger.SettleAsync(settled, First, 1, DeliveryResult.Delivered, Token));
        Assert.Equal([new DeliveryAttempt(key, First, 2)], await harness.Ledger.TakeAsync(First, now: Later));
    }

    [StoreFact]
    public async Task Random_steps_go_as_in_the_reference_over_many_reopenings()
    {
        await using var harness = await CreateDurableAsync();
        var model = new DeliveryModel(harness, Seed.Random(Output.WriteLine));
        for (var life = 0; life < Lives; life++)
        {
            for (var step = 0; step < StepsOfALife; step++)
            {
                await model.StepAsync();
            }

            await harness.ReopenAsync();
            await model.ReopenedAsync();
        }

        Output.WriteLine(model.Summary);
    }

    [StoreFact]
    public async Task A_death_at_any_step_leaves_each_change_of_the_ledger_done_or_not()
    {
        var deaths = 0;
        foreach (var step in await StepsAsync(static harness => harness.Steps))
        {
            foreach (var change in LedgerScenario.Changes)
            {
                await using var harness = await CreateDurableAsync();
                var scenario = new LedgerScenario();
                await scenario.BuildAsync(harness.Store, harness.Ledger);
                harness.DieAt(step, skip: 0);
                var completed = await TryAsync(() => scenario.ChangeAsync(change, harness.Store, harness.Catalogue, harness.Ledger));
                deaths += completed ? 0 : 1;
                await harness.ReopenAsync();
                var found = await scenario.DescribeAsync(harness.Store, harness.Ledger);
                var done = await scenario.ExpectedAsync(change);
                var expected = completed || found == done ? done : await scenario.ExpectedAsync(null);
                Assert.True(found == expected, $"{change} died at {step}: found{found}\nexpected{expected}");
            }
        }

        Output.WriteLine($"{deaths} deaths");
        Assert.True(deaths >= LedgerScenario.Changes.Count);
    }

    [StoreFact]
    public async Task A_step_that_fails_once_leaves_the_ledger_as_it_was_and_the_next_attempt_succeeds()
    {
        var failures = 0;
        foreach (var step in await StepsAsync(static harness => harness.FailingSteps))
        {
            foreach (var change in LedgerScenario.Changes)
            {
                await using var harness = await CreateDurableAsync();
                var scenario = new LedgerScenario();
                await scenario.BuildAsync(harness.Store, harness.Ledger);
                harness.FailAt(step);
                if (!await TryAsync(() => scenario.ChangeAsync(change, harness.Store, harness.Catalogue, harness.Ledger)))
                {
                    failures++;
                    await scenario.ChangeAsync(change, harness.Store, harness.Catalogue, harness.Ledger);
                }

                await harness.ReopenAsync();
                var (found, expected) = (await scenario.DescribeAsync(harness.Store, harness.Ledger), await scenario.ExpectedAsync(change));
                Assert.True(found == expected, $"{change} failed at {step}: found{found}\nexpected{expected}");
            }
        }

        Output.WriteLine($"{failures} failures");
        Assert.True(failures >= LedgerScenario.Changes.Count);
    }

    protected async Task<IReadOnlyList<string>> StepsAsync(Func<IDurableStoreHarness, IReadOnlyList<string>> which)
    {
        ArgumentNullException.ThrowIfNull(which);
        await using var harness = await CreateDurableAsync();
        return which(harness);
    }

    private static async Task<bool> TryAsync(Func<Task> change)
    {
        try
        {
            await change();
            return true;
        }
        catch (StoreException)
        {
            return false;
        }
    }
}
