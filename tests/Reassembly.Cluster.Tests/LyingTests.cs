using Reassembly.Cluster.Tests.Balancing;
using Reassembly.Cluster.Tests.Checking;
using Reassembly.Cluster.Tests.Lying;
using Reassembly.Cluster.Tests.Scenarios;
using Reassembly.Cluster.Tests.Sending;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.Cluster.Tests;

/// <summary>The senders and checks of the storms, against nodes that lie: they must find it. Against honest ones they find nothing.</summary>
[Collection(Heavy.Name)]
public sealed class LyingTests(ITestOutputHelper output)
{
    private const int Messages = 120;

    /// <summary>How long honest nodes have for the last sends, and for the last ends.</summary>
    private static readonly TimeSpan Honest = TimeSpan.FromMinutes(1);

    /// <summary>How long liars have: longer than a message that nobody sends may live.</summary>
    private static readonly TimeSpan Liars = TimeSpan.FromSeconds(10);

    /// <summary>How long chance may take to bring a message into the situation that a lie needs.</summary>
    private static readonly TimeSpan Luck = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(Lie.None, null)]
    [InlineData(Lie.LosesAckedBytes, "State = Expired")]
    [InlineData(Lie.ChangesBytes, "with other bytes")]
    [InlineData(Lie.ChangesOutcomes, "and now as")]
    [InlineData(Lie.ForgetsOutcomes, "answers 404")]
    [InlineData(Lie.NeverExpires, "has no outcome after")]
    [InlineData(Lie.NeverDelivers, "was not delivered")]
    public async Task A_lie_is_found_out(Lie lie, string? fault)
    {
        var scenario = Scenario.Load("calm");
        var patience = lie == Lie.None ? Honest : Liars;
        var random = Seed.Random(output.WriteLine);
        var store = new SharedMemoryStore();
        await using var first = await LyingNode.StartAsync("node-1", store, lie, isLast: false, scenario.Settings);
        await using var second = await LyingNode.StartAsync("node-2", store, lie, isLast: true, scenario.Settings);
        await using var balancer = new LoadBalancer([first.Http, second.Http]);
        var ledger = new Ledger();
        await using (var senders = new StormSenders(balancer.Ws, ledger, scenario, random.Next()))
        {
            senders.Start();
            await Eventually.TrueAsync(() => IsEnough(lie, ledger), "there was enough to lie about", Luck);
            await senders.FinishAsync(patience);
        }

        await new ClusterCheck([first.Http, second.Http], [first.DeliveryFolder, second.DeliveryFolder], ledger, patience).RunAsync();
        output.WriteLine($"{ledger.Uploads.Count} messages, {ledger.Faults.Count} faults, {ledger.StaleAcks} acks behind what was acked before");
        if (fault is null)
        {
            Assert.Empty(ledger.Faults);
        }
        else
        {
            Assert.Contains(ledger.Faults, found => found.Contains(fault, StringComparison.Ordinal));
        }
    }

    /// <summary>
    /// A second node owned it, and has not all that the first one acked: its sender, which repeats nothing, goes on and on without getting
    /// anywhere. One that is merely slow, or that repeats, would end well.
    /// </summary>
    private static bool IsStuck(Upload upload)
        => upload is { Plan: UploadPlan.Commit, NeverRepeats: true, Nodes: > 1, IsOver: false } && TimeProvider.System.GetElapsedTime(upload.LastProgress) > Stuck;

    private static bool IsEnough(Lie lie, Ledger ledger) => lie switch
    {
        Lie.LosesAckedBytes => ledger.Faults.Count > 0 || ledger.Uploads.Any(IsStuck),
        Lie.NeverExpires => ledger.Uploads.Any(upload => upload.Plan == UploadPlan.Abandon && upload.AckedBytes > 0),
        _ => ledger.Uploads.Count >= Messages,
    };
}
