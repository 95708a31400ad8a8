using System.Globalization;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Testing.Cluster;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// Fifty uploads at a steady pace to one of three nodes, which is killed with SIGKILL. Measured from the kill to each sender's next durable
/// ack, over several kills; before each, all go to one node.
/// </summary>
internal static class FailoverScenario
{
    private const int Nodes = 3;
    private const int Uploads = 50;
    private const int Kills = 12;
    private const int Slowest = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(Report report)
    {
        await RunAsync(report, NodeKind.Server, barSeconds: 1);
        await RunAsync(report, NodeKind.Silo, barSeconds: 3);
    }

    private static async Task RunAsync(Report report, NodeKind kind, double barSeconds)
    {
        if (NodePrograms.Missing(kind) is { } missing)
        {
            report.Note($"{kind}: not run, {missing}");
            return;
        }

        await using var cluster = await NodeCluster.StartAsync(kind, Nodes, "--Reassembly:Delivery:Directory=");
        using var stop = new CancellationTokenSource();
        var addresses = cluster.Nodes.Select(node => node.Ws).ToArray();
        var uploads = Enumerable.Range(0, Uploads).Select(index => new SteadyUpload(addresses, new Random(index))).ToArray();
        var running = Task.WhenAll(uploads.Select((upload, index) => Task.Run(() => upload.RunAsync(index % Nodes, stop.Token))));
        var resumptions = new List<SteadyUpload.Resumption>();
        for (var kill = 0; kill < Effort.Runs(Kills); kill++)
        {
            var victim = kill % Nodes;
            Array.ForEach(uploads, upload => upload.GoTo(victim));
            await Testing.Eventually.TrueAsync(() => uploads.All(upload => upload.Flows && upload.Node == victim), "every upload flows through the node");
            await Task.Delay(Calm, TimeProvider.System);
            var expected = uploads.Select(upload => upload.ExpectLoss()).ToList();
            await cluster.Nodes[victim].KillAsync();
            resumptions.AddRange(await Task.WhenAll(expected).WaitAsync(Patience, TimeProvider.System));
            await cluster.Nodes[victim].StartAsync();
        }

        await stop.CancelAsync();
        await running;
        Tell(report, kind, resumptions, barSeconds);
    }

    private static void Tell(Report report, NodeKind kind, List<SteadyUpload.Resumption> resumptions, double barSeconds)
    {
        report.Note($"{kind}: {resumptions.Count} senders went on after {Effort.Runs(Kills)} kills; times are from the kill");
        report.Times($"{kind}: next durable ack", "s", Seconds(static resumption => resumption.Acked), barSeconds);
        report.Add($"{kind}: of it until connected", "s", Seconds(static resumption => resumption.Connected));
        report.Add($"{kind}: of it until told where it stands", "s", Seconds(static resumption => resumption.Answered));
        report.Add($"{kind}: not acked at the kill", "KiB", [.. resumptions.Select(static resumption => resumption.Unacked / 1024.0)]);
        report.Add($"{kind}: sent again", "KiB", [.. resumptions.Select(static resumption => resumption.Again / 1024.0)]);
        report.AtMost($"{kind}: senders that sent more again than was not acked", "count", 0, resumptions.Count(static resumption => resumption.Again > resumption.Unacked));
        foreach (var slow in resumptions.OrderByDescending(static resumption => resumption.Acked).Take(Slowest))
        {
            report.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind}: one of the slowest was connected after {slow.Connected.TotalSeconds:0.000} s, told where it stands after {slow.Answered.TotalSeconds:0.000} s, acked after {slow.Acked.TotalSeconds:0.000} s"));
        }

        double[] Seconds(Func<SteadyUpload.Resumption, TimeSpan> time) => [.. resumptions.Select(resumption => time(resumption).TotalSeconds)];
    }
}
