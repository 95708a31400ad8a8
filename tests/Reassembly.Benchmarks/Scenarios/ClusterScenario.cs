using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Testing.Cluster;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// Six connections with 32 MiB each to one node, and the same six spread over three: the same database, the payload in one directory,
/// interleaved. On one machine more nodes cannot be faster; they must not cost either.
/// </summary>
internal static class ClusterScenario
{
    private const int Connections = 6;
    private const long Size = 32L << 20;
    private const int WarmUps = 2;
    private const int Runs = 9;
    private const double Bar = 1;

    public static async Task RunAsync(Report report)
    {
        await RunAsync(report, NodeKind.Server);
        await RunAsync(report, NodeKind.Silo);
    }

    private static async Task RunAsync(Report report, NodeKind kind)
    {
        if (NodePrograms.Missing(kind) is { } missing)
        {
            report.Note($"{kind}: not run, {missing}");
            return;
        }

        var payloads = Directory.CreateTempSubdirectory("reassembly-bench-payload-");
        try
        {
            await using var cluster = await NodeCluster.StartAsync(
                kind,
                3,
                "--Reassembly:Delivery:Directory=",
                "--Reassembly:Postgres:Payload=directory",
                $"--Reassembly:Postgres:PayloadDirectory={payloads.FullName}",
                "--Reassembly:Limits:RetentionSeconds=1");
            var all = cluster.Nodes.Select(node => node.Ws).ToArray();
            var one = new List<double>();
            var three = new List<double>();
            for (var run = -Effort.Runs(WarmUps); run < Effort.Runs(Runs); run++)
            {
                // Each node is the single one in turn, so that none is measured more than the others.
                var single = await RateAsync([all[(run + Effort.Runs(WarmUps)) % all.Length]]);
                var spread = await RateAsync(all);
                if (run >= 0)
                {
                    one.Add(single);
                    three.Add(spread);
                }
            }

            report.Add($"{kind}: one node", "MiB/s", one);
            report.Add($"{kind}: three nodes", "MiB/s", three);
            report.AtLeast($"{kind}: three nodes / one", "ratio", Bar, Figures.Ratios(three, one));
        }
        finally
        {
            payloads.Delete(recursive: true);
        }
    }

    private static async Task<double> RateAsync(Uri[] nodes)
    {
        var connections = new List<LoadConnection>();
        for (var index = 0; index < Connections; index++)
        {
            connections.Add(await LoadConnection.OpenAsync(nodes[index % nodes.Length], hasCredit: true));
        }

        var time = await Figures.TimeAsync(() => Task.WhenAll(connections.Select(connection => Task.Run(() => connection.SendAsync(Size)))));
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }

        return Connections * Size / Figures.MiB / time.TotalSeconds;
    }
}
