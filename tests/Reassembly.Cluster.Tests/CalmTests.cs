using Reassembly.Cluster.Tests.Balancing;
using Reassembly.Cluster.Tests.Checking;
using Reassembly.Cluster.Tests.Scenarios;
using Reassembly.Cluster.Tests.Sending;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;
using Xunit.Abstractions;

namespace Reassembly.Cluster.Tests;

/// <summary>The senders of a storm without the storm: messages go over several nodes at once, and nobody is disturbed.</summary>
[Collection(Heavy.Name)]
public sealed class CalmTests(ITestOutputHelper output)
{
    private const int Messages = 250;

    private static readonly TimeSpan LastSends = TimeSpan.FromMinutes(1);

    /// <summary>Longer than the nodes wait for a statement of the database.</summary>
    private const string Idle = "--Reassembly:Limits:IdleSeconds=10";

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task Owners_that_take_a_message_from_each_other_lose_nothing_and_deliver_it_once(NodeKind kind)
    {
        var scenario = Scenario.Load("calm");
        var random = Seed.Random(output.WriteLine);
        await using var cluster = await NodeCluster.StartAsync(kind, scenario.Nodes, [.. scenario.Arguments, Idle]);
        await using var balancer = new LoadBalancer(cluster);
        var ledger = new Ledger();
        await using var senders = new StormSenders(balancer.Ws, ledger, scenario, random.Next());
        senders.Start();
        await Eventually.TrueAsync(
            () => ledger.Uploads.Count >= Messages || ledger.Faults.Count > 0, $"{Messages} messages are on their way", TimeSpan.FromMinutes(5));
        await senders.FinishAsync(LastSends);

        var check = new ClusterCheck(cluster, ledger, LastSends);
        await check.RunAsync();
        await DatabaseCheck.RunAsync(cluster.Database, ledger);
        output.WriteLine($"{ledger.Uploads.Count} messages, {ledger.Uploads.Count(upload => upload.Nodes > 1)} of them acked by several nodes; {ledger.StaleAcks} acks behind what was acked before");
        ledger.AssertNoFault();
        Assert.Equal(ledger.Uploads.Count(upload => upload.Outcome?.State == OutcomeState.Committed), check.Copies);
        Assert.Contains(ledger.Uploads, upload => upload.Nodes > 1);
    }
}
