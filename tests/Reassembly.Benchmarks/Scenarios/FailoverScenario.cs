using System.Globalization;
using Reassembly.Benchmarks.Load;
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

    public static async Task<bool> RunAsync()
    {
        var reached = await RunAsync(NodeKind.Server, barSeconds: 1);
        return await RunAsync(NodeKind.Silo, barSeconds: 3) & reached;
    }

    private static async Task<bool> RunAsync(NodeKind kind, double barSeconds)
    {
        if (NodePrograms.Missing(kind) is { } missing)
        {
            Console.WriteLine($"{kind}: not run, {missing}");
            return true;
        }

        await using var cluster = await NodeCluster.StartAsync(kind, Nodes, "--Reassembly:Delivery:Directory=");
        using var stop = new CancellationTokenSource();
        var addresses = cluster.Nodes.Select(node => node.Ws).ToArray();
        var uploads = Enumerable.Range(0, Uploads).Select(index => new SteadyUpload(addresses, new Random(index))).ToArray();
        var running = Task.WhenAll(uploads.Select((upload, index) => Task.Run(() => upload.RunAsync(index % Nodes, stop.Token))));
        var resumptions = new List<SteadyUpload.Resumption>();
        for (var kill = 0; kill < Kills; kill++)
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
        return Report(kind, resumptions, barSeconds);
    }

    private static bool Report(NodeKind kind, List<SteadyUpload.Resumption> resumptions, double barSeconds)
    {
        var seconds = resumptions.Select(resumption => resumption.Acked.TotalSeconds).Order().ToArray();
        var tooMuch = resumptions.Count(resumption => resumption.Again > resumption.Unacked);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kind}: {Kills} kills, {seconds.Length} senders went on; next durable ack after p50 {Figures.Quantile(seconds, 0.50):0.000} s, p99 {Figures.Quantile(seconds, 0.99):0.000} s, worst {seconds[^1]:0.000} s"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{kind}: of it until connected {Median(resumption => resumption.Connected):0.000} s, until told where it stands {Median(resumption => resumption.Answered):0.000} s (medians)"));
        foreach (var slow in resumptions.OrderByDescending(resumption => resumption.Acked).Take(Slowest))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind}: one of the slowest was connected after {slow.Connected.TotalSeconds:0.000} s, told where it stands after {slow.Answered.TotalSeconds:0.000} s, acked after {slow.Acked.TotalSeconds:0.000} s"));
        }

        Console.WriteLine(
            $"{kind}: sent again at most {resumptions.Max(resumption => resumption.Again)} bytes, {resumptions.Average(resumption => resumption.Again):0} on average, of {resumptions.Average(resumption => resumption.Unacked):0} not acked");
        return Figures.Bar($"{kind}: next durable ack, p99, s", Figures.Quantile(seconds, 0.99), barSeconds, atLeast: false)
            & Figures.Bar($"{kind}: senders that sent more again than was not acked", tooMuch, 0, atLeast: false);

        double Median(Func<SteadyUpload.Resumption, TimeSpan> time) => Figures.Median(resumptions.Select(resumption => time(resumption).TotalSeconds));
    }
}
