using Reassembly.Cluster.Tests.Balancing;
using Reassembly.Cluster.Tests.Checking;
using Reassembly.Cluster.Tests.Scenarios;
using Reassembly.Cluster.Tests.Sending;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;
using Xunit.Abstractions;

namespace Reassembly.Cluster.Tests;

/// <summary>SIGTERM to one node after the other, as a rolling upgrade does.</summary>
[Collection(Heavy.Name)]
public sealed class RollingStopTests(ITestOutputHelper output)
{
    private static readonly TimeSpan LastSends = TimeSpan.FromMinutes(1);

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task Senders_see_no_error_while_every_node_is_replaced(NodeKind kind)
    {
        var scenario = Scenario.Load("rolling");
        var random = Seed.Random(output.WriteLine);
        await using var cluster = await NodeCluster.StartAsync(kind, scenario.Nodes, scenario.Arguments);
        await using var balancer = new LoadBalancer(cluster);
        var ledger = new Ledger();
        await using var senders = new StormSenders(balancer.Ws, ledger, scenario, random.Next());
        senders.Start();
        foreach (var node in cluster.Nodes)
        {
            // So many more messages: it is in the middle of others.
            var begun = ledger.Uploads.Count;
            await Eventually.TrueAsync(() => ledger.Uploads.Count > begun + scenario.SdkSendsAtOnce, "more messages were begun");
            await using var outliving = await OutlivingSend.BeginAsync(node, balancer.Ws, ledger, random.Next());
            node.Terminate();
            var code = await node.EndAsync();
            Assert.True(code == 0, $"{node.Name} ended with exit code {code}: {string.Join('\n', node.Error)}");
            Assert.NotEqual(0, (await outliving.FinishAsync()).Reconnects);
            await node.StartAsync();
            await cluster.ReadyAsync();
        }

        await senders.FinishAsync(LastSends);
        var check = new ClusterCheck(cluster, ledger, LastSends);
        await check.RunAsync();
        output.WriteLine($"{ledger.Uploads.Count} messages, delivered {check.Copies} times; {senders}; {ledger.Refusals} told to send again later");
        ledger.AssertNoFault();
        Assert.DoesNotContain(cluster.Lines(), LoggedFaults.IsFault);
    }
}
