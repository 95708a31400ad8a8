using Reassembly.Benchmarks.Load;
using Reassembly.Testing.Cluster;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// What a chunk costs with PostgreSQL, payload in the database: beside 10, 1,000 and 10,000 open messages, and in messages of 1, 16 and
/// 256 MiB. The same bytes each time, interleaved.
/// </summary>
internal static class OpenMessagesScenario
{
    private const long Bytes = 256L << 20;
    private const int Runs = 5;
    private const int Connections = 16;
    private const double Bar = 1.20;

    private static readonly int[] OpenMessages = [10, 1_000, 10_000];
    private static readonly long[] Sizes = [1L << 20, 16L << 20, 256L << 20];
    private static readonly string[] Settings =
    [
        "--Reassembly:Delivery:Directory=",
        "--Reassembly:Limits:OpenMessages=20000",
        "--Reassembly:Limits:IdleSeconds=3600",
        "--Reassembly:Limits:RetentionSeconds=1",
    ];

    public static async Task<bool> RunAsync()
    {
        var reached = await RunAsync(NodeKind.Server);
        return await RunAsync(NodeKind.Silo) & reached;
    }

    private static async Task<bool> RunAsync(NodeKind kind)
    {
        if (NodePrograms.Missing(kind) is { } missing)
        {
            Console.WriteLine($"{kind}: not run, {missing}");
            return true;
        }

        return await ByOpenMessagesAsync(kind) & await BySizeAsync(kind);
    }

    private static async Task<bool> ByOpenMessagesAsync(NodeKind kind)
    {
        var clusters = new List<NodeCluster>();
        try
        {
            foreach (var open in OpenMessages)
            {
                var cluster = await NodeCluster.StartAsync(kind, 1, Settings);
                clusters.Add(cluster);
                await BeginAsync(cluster.Nodes[0].Ws, open);
            }

            return await CompareAsync($"{kind}: open messages", [.. OpenMessages.Select(open => $"{open}")], index => CostAsync(clusters[index], 16L << 20));
        }
        finally
        {
            foreach (var cluster in clusters)
            {
                await cluster.DisposeAsync();
            }
        }
    }

    private static async Task<bool> BySizeAsync(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 1, Settings);
        return await CompareAsync($"{kind}: MiB a message", [.. Sizes.Select(size => $"{size >> 20}")], index => CostAsync(cluster, Sizes[index]));
    }

    /// <summary>Measures each case in turn, several times, and holds every one against the first.</summary>
    private static async Task<bool> CompareAsync(string what, string[] cases, Func<int, Task<double>> measure)
    {
        var costs = cases.Select(_ => new List<double>()).ToArray();
        for (var run = -1; run < Runs; run++)
        {
            for (var index = 0; index < cases.Length; index++)
            {
                var cost = await measure(index);
                if (run >= 0)
                {
                    costs[index].Add(cost);
                }
            }
        }

        var reached = true;
        for (var index = 0; index < cases.Length; index++)
        {
            Console.WriteLine($"{what} {cases[index],6}: us a chunk {Figures.Spread(costs[index])}");
            var ratios = costs[index].Zip(costs[0], (cost, first) => cost / first);
            reached &= index == 0 || Figures.Bar($"{what} {cases[index]} / {cases[0]}, median", Figures.Median(ratios), Bar, atLeast: false);
        }

        return reached;
    }

    private static async Task<double> CostAsync(NodeCluster cluster, long size)
    {
        await using var connection = await LoadConnection.OpenAsync(cluster.Nodes[0].Ws, hasCredit: true);
        var time = await Figures.TimeAsync(async () =>
        {
            for (var sent = 0L; sent < Bytes; sent += size)
            {
                await connection.SendAsync(size);
            }
        });
        return time.TotalMicroseconds / (Bytes / (double)connection.ChunkBytes);
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
