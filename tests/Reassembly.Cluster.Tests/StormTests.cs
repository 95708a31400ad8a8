using Reassembly.Cluster.Tests.Balancing;
using Reassembly.Cluster.Tests.Checking;
using Reassembly.Cluster.Tests.Scenarios;
using Reassembly.Cluster.Tests.Sending;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;
using Xunit.Abstractions;

namespace Reassembly.Cluster.Tests;

/// <summary>Many senders and everything that can go wrong, at once; afterwards every byte and every answer is accounted for.</summary>
[Collection(Heavy.Name)]
public sealed class StormTests(ITestOutputHelper output)
{
    /// <summary>How long senders may take to finish once everything is well again.</summary>
    private static readonly TimeSpan LastSends = TimeSpan.FromMinutes(2);

    /// <summary>Longer than a message without a sender may live.</summary>
    private static readonly TimeSpan LastEnds = TimeSpan.FromSeconds(120);

    [Theory]
    [Nodes(NodeKind.Server, "database")]
    [Nodes(NodeKind.Server, "directory")]
    [Nodes(NodeKind.Silo, "database")]
    [Nodes(NodeKind.Silo, "directory")]
    public async Task No_acked_byte_is_lost_and_every_message_ends_and_is_delivered(NodeKind kind, string payload)
    {
        var scenario = Scenario.Load("mixed");
        var random = Seed.Random(output.WriteLine);
        var kills = KillRounds.Asked ?? scenario.Kills;
        await using var cluster = await NodeCluster.StartAsync(kind, scenario.Nodes, [.. scenario.Arguments, $"--Reassembly:Postgres:Payload={payload}"]);
        await using var supervisor = new Supervisor(cluster);
        await using var balancer = new LoadBalancer(cluster);
        var ledger = new Ledger();
        await using var senders = new StormSenders(balancer.Ws, ledger, scenario, random.Next());
        senders.Start();

        var storm = new Storm(cluster, supervisor, balancer, scenario, random);
        await storm.RunAsync(kills);
        await senders.FinishAsync(LastSends);

        var check = new ClusterCheck(cluster, ledger, LastEnds);
        await check.RunAsync();
        await DatabaseCheck.RunAsync(cluster.Database, ledger);
        Print(storm, supervisor, senders, ledger, check);
        ledger.AssertNoFault([.. storm.Faults, .. supervisor.Faults, .. cluster.Lines().Where(LoggedFaults.IsFaultInStorm)]);
    }

    private void Print(Storm storm, Supervisor supervisor, StormSenders senders, Ledger ledger, ClusterCheck check)
    {
        var ends = ledger.Uploads.GroupBy(upload => upload.Outcome?.State).OrderBy(group => group.Key).Select(group => $"{group.Count()} {group.Key?.ToString() ?? "never known"}");
        var committed = ledger.Uploads.Where(upload => upload.Outcome?.State == OutcomeState.Committed).ToList();
        output.WriteLine($"disturbances: {storm.Summary}; {supervisor.Restarts} times a node ended by itself and was started again");
        output.WriteLine($"messages: {string.Join(", ", ends)}; {committed.Sum(upload => (long)upload.Size) >> 20} MiB committed; {ledger.Uploads.Count(upload => upload.Nodes > 1)} acked by several nodes");
        output.WriteLine($"delivered: {check.Copies} times, {check.Copies - committed.Count} of them again on another node");
        output.WriteLine($"client library: {senders}");
        output.WriteLine($"told to send again later: {ledger.Refusals}; acks behind what was acked before: {ledger.StaleAcks}");
    }
}
