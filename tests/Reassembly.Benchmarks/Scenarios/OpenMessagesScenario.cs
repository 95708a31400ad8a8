using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Protocol;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// What a chunk costs with PostgreSQL, payload in the database: beside 10, 1,000 and 10,000 open messages, and in messages of 1, 16 and
/// 128 MiB. The same bytes each time, interleaved.
/// </summary>
internal static class OpenMessagesScenario
{
    private const long Bytes = 128L << 20;
    private const int WarmUps = 2;
    private const int Runs = 9;
    private const int Connections = 16;
    private const double Bar = 1.20;

    private static readonly int[] OpenMessages = [10, 1_000, 10_000];
    private static readonly long[] Sizes = [1L << 20, 16L << 20, 128L << 20];
    private static readonly string[] Settings =
    [
        "--Reassembly:Delivery:Directory=",
        "--Reassembly:Limits:OpenMessages=20000",
        "--Reassembly:Limits:IdleSeconds=3600",
        "--Reassembly:Limits:RetentionSeconds=1",
    ];

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

        await ByOpenMessagesAsync(report, kind);
        await BySizeAsync(report, kind);
    }

    private static async Task ByOpenMessagesAsync(Report report, NodeKind kind)
    {
        var clusters = new List<NodeCluster>();
        try
        {
            foreach (var open in OpenMessages)
            {
                var cluster = await NodeCluster.StartAsync(kind, 1, Settings);
                clusters.Add(cluster);
                await BeginAsync(cluster.Nodes[0].Ws, Effort.Of(open));
            }

            await CompareAsync(report, $"{kind}: open messages", [.. OpenMessages.Select(open => $"{open}")], index => CostAsync(clusters[index], 16L << 20));
        }
        finally
        {
            foreach (var cluster in clusters)
            {
                await cluster.DisposeAsync();
            }
        }
    }

    private static async Task BySizeAsync(Report report, NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 1, Settings);
        await CompareAsync(report, $"{kind}: MiB a message", [.. Sizes.Select(size => $"{size >> 20}")], index => CostAsync(cluster, Sizes[index]));
    }

    /// <summary>Measures each case in turn, several times, and holds every one against the first.</summary>
    private static async Task CompareAsync(Report report, string what, string[] cases, Func<int, Task<double>> measure)
    {
        var costs = await Rounds.RunAsync(WarmUps, Runs, [.. cases.Select((_, index) => (Func<Task<double>>)(() => measure(index)))]);
        for (var index = 0; index < cases.Length; index++)
        {
            report.Add($"{what} {cases[index]}: time of a chunk", "us", costs[index]);
        }

        for (var index = 1; index < cases.Length; index++)
        {
            report.AtMost($"{what} {cases[index]} / {cases[0]}", "ratio", Bar, Figures.Ratios(costs[index], costs[0]));
        }
    }

    private static async Task<double> CostAsync(NodeCluster cluster, long size)
    {
        await using var connection = await LoadConnection.OpenAsync(cluster.Nodes[0].Ws, hasCredit: true);
        var bytes = Effort.Of(Bytes, of: size);
        MessageId last = default;
        var time = await Figures.TimeAsync(async () =>
        {
            for (var sent = 0L; sent < bytes; sent += size)
            {
                last = await connection.SendAsync(size);
            }
        });
        await UntilPurgedAsync(cluster, last);
        return time.TotalMicroseconds / (bytes / (double)connection.ChunkBytes);
    }

    /// <summary>Waits until the database has deleted what a run stored: the next one, of whichever case, would pay for it.</summary>
    private static async Task UntilPurgedAsync(NodeCluster cluster, MessageId last)
    {
        await cluster.Nodes[0].WaitUntilPurgedAsync(last);
        await Eventually.TrueAsync(
            async () => await cluster.Database.AskAsync<bool>("SELECT NOT EXISTS (SELECT FROM reassembly.dropped)"), "the bytes of what was purged are gone");
    }

    private static Task BeginAsync(Uri node, int messages)
        => Task.WhenAll(Enumerable.Range(0, Connections).Select(async index =>
        {
            await using var connection = await LoadConnection.OpenAsync(node, hasCredit: true);
            for (var message = index; message < messages; message += Connections)
            {
                await connection.BeginAsync(1024);
            }
        }));
}
