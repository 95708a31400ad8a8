using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// Whether anything grows with what has been sent, on disk: the cost of a MiB in messages of 1 MiB to 4 GiB, the resident set during the largest, and the
/// collections of the oldest generation while 10 GiB go through; and the cost of a MiB beside 10 to 100,000 messages that are open and wait.
/// </summary>
internal static class GrowthScenario
{
    private const int WarmUps = 1;
    private const int Runs = 5;
    private const long Reference = 4L << 20;
    private const long Largest = 4L << 30;
    private const long Watched = 1L << 30;
    private const int WatchedMessages = 10;
    private const double Bar = 1.05;
    private const double BarBesideOthers = 1.20;
    private const double BarMiB = 200;

    private const long SizeBesideOthers = 64L << 20;
    private const int CountBesideOthers = 4;
    private const int Connections = 16;

    private static readonly (long Size, int Count)[] Cases = [(1L << 20, 256), (Reference, 256), (64L << 20, 8), (1L << 30, 1), (Largest, 1)];
    private static readonly int[] OpenMessages = [10, 1_000, 10_000, 100_000];
    private static readonly string[] Settings =
    [
        "--Reassembly:Limits:MessageBytes=8589934592",
        "--Reassembly:Limits:OpenMessages=200000",
        "--Reassembly:Limits:IdleSeconds=3600",
        "--Reassembly:Limits:RetentionSeconds=1",
    ];

    public static async Task RunAsync(Report report)
    {
        await BySizeAsync(report);
        await BesideOpenMessagesAsync(report);
    }

    private static async Task BySizeAsync(Report report)
    {
        await using var contestants = new Contestants();
        var server = contestants.Add("ours", await Servers.StartReassemblyAsync(Settings));
        var runs = await Rounds.RunAsync(WarmUps, Runs, [.. Cases.Select(of => (Func<Task<Run>>)(() => server.RunAsync(Effort.Of(of.Size), of.Count)))]);
        var names = Cases.Select(static of => $"messages of {NameOf(of.Size)}").ToArray();
        Tell(report, names, runs);
        var (reference, largest) = (Array.FindIndex(Cases, static of => of.Size == Reference), Cases.Length - 1);
        report.AtMost($"CPU for a MiB, {names[largest]} / {names[reference]}", "ratio", Bar, Figures.Ratios(Cpu(runs[largest]), Cpu(runs[reference])));
        report.AtMost($"time for a MiB, {names[largest]} / {names[reference]}", "ratio", Bar, Figures.Ratios(Times(runs[largest]), Times(runs[reference])));
        report.AtMost($"resident at its peak, {names[largest]}", "MiB", BarMiB, [.. runs[largest].Select(static run => run.PeakMiB)]);

        using var watch = CollectionWatch.Start(server.Server.Id);
        await server.RunAsync(Effort.Of(Watched), WatchedMessages);
        var collections = await watch.StopAsync();
        report.Add("collections of generation 0 during 10 GiB", "count", collections[0]);
        report.Add("collections of generation 1 during 10 GiB", "count", collections[1]);
        report.AtMost("collections of generation 2 during 10 GiB", "count", 0, collections[2]);
    }

    private static async Task BesideOpenMessagesAsync(Report report)
    {
        await using var contestants = new Contestants();
        foreach (var open in OpenMessages)
        {
            var contestant = contestants.Add($"beside {open} open messages", await Servers.StartReassemblyAsync(Settings));
            await BeginAsync(contestant.Server.Ws, Effort.Of(open));
        }

        var runs = await Rounds.RunAsync(
            WarmUps, Runs, [.. contestants.All.Select(contestant => (Func<Task<Run>>)(() => contestant.RunAsync(Effort.Of(SizeBesideOthers), CountBesideOthers)))]);
        var names = contestants.All.Select(static contestant => contestant.Name).ToArray();
        Tell(report, names, runs);
        for (var index = 1; index < names.Length; index++)
        {
            report.AtMost($"CPU for a MiB, {names[index]} / {OpenMessages[0]}", "ratio", BarBesideOthers, Figures.Ratios(Cpu(runs[index]), Cpu(runs[0])));
        }
    }

    private static void Tell(Report report, string[] names, IReadOnlyList<Run>[] runs)
    {
        for (var index = 0; index < names.Length; index++)
        {
            report.Add($"CPU for a MiB at the server, {names[index]}", "us", [.. Cpu(runs[index])]);
        }

        for (var index = 0; index < names.Length; index++)
        {
            report.Add($"time for a MiB, {names[index]}", "us", [.. Times(runs[index])]);
        }
    }

    private static Task BeginAsync(Uri node, int messages)
        => Task.WhenAll(Enumerable.Range(0, Connections).Select(async first =>
        {
            await using var connection = await LoadConnection.OpenAsync(node, hasCredit: true);
            for (var message = first; message < messages; message += Connections)
            {
                await connection.BeginAsync(1024);
            }
        }));

    private static IEnumerable<double> Cpu(IEnumerable<Run> runs) => runs.Select(static run => run.ServerCpu * 1e6 / 1024);

    private static IEnumerable<double> Times(IEnumerable<Run> runs) => runs.Select(static run => 1e6 / run.Rate);

    private static string NameOf(long size) => size >= 1L << 30 ? $"{size >> 30} GiB" : $"{size >> 20} MiB";
}
