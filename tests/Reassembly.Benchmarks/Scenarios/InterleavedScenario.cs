using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// 1 to 10,000 messages open at once over one connection, a chunk of each in turn, durable on disk: the rate, what is resident, and how far apart
/// they end who began together. About the same bytes each time, but for the most of them, which have four chunks each as well. Each
/// number has a server of its own, so that none inherits what another left in memory.
/// </summary>
internal static class InterleavedScenario
{
    private const int WarmUps = 3;
    private const int Runs = 5;
    private const int BarCount = 1_000;
    private const double Bar = 0.9;

    private static readonly (int Count, long Size)[] Cases = [(1, 1000L << 20), (100, 10L << 20), (BarCount, 1L << 20), (10_000, 256L << 10)];

    public static async Task RunAsync(Report report)
    {
        var servers = new List<HostProcess>();
        await using var client = LoadProcess.Start();
        try
        {
            foreach (var _ in Cases)
            {
                servers.Add(await Servers.StartReassemblyAsync("--Reassembly:Limits:OpenMessages=20000", "--Reassembly:Limits:RetentionSeconds=1"));
            }

            var runs = await Rounds.RunAsync(
                WarmUps, Runs, [.. Cases.Select((of, index) => (Func<Task<Run>>)(() => RunAsync(client, servers[index], of.Count, of.Size)))]);
            Tell(report, runs);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    private static async Task<Run> RunAsync(LoadProcess client, HostProcess server, int count, long size)
    {
        server.ResetPeak();
        var bytes = Effort.Of(size, of: 16 << 10);
        var result = await client.RunAsync(new InterleavedMessages(server.Ws, bytes, count));
        var peak = server.PeakResidentBytes;
        if (MessageId.TryParse(result.Last, out var last))
        {
            await server.WaitUntilPurgedAsync(last);
        }

        var ends = result.TimesMs;
        return new Run(bytes * count / Figures.MiB / result.Seconds, peak / Figures.MiB, (ends.Max() - ends.Min()) / ends.Max());
    }

    private static void Tell(Report report, IReadOnlyList<Run>[] runs)
    {
        Each("rate", "MiB/s", static run => run.Rate);
        Each("resident at its peak", "MiB", static run => run.PeakMiB);
        for (var index = 1; index < Cases.Length; index++)
        {
            var more = runs[index].Zip(runs[0], (run, one) => (run.PeakMiB - one.PeakMiB) * 1024 / Cases[index].Count);
            report.Add($"{Cases[index].Count} open: more of it than with {Cases[0].Count}, for each message", "KiB", [.. more]);
        }

        Each("from the first to the last end, as a part of the whole time", "ratio", static run => run.Spread, from: 1);
        for (var index = 1; index < Cases.Length; index++)
        {
            var what = $"rate of {Cases[index].Count} open / {Cases[0].Count}";
            var ratios = Figures.Ratios(runs[index].Select(static run => run.Rate), runs[0].Select(static run => run.Rate));
            if (Cases[index].Count == BarCount)
            {
                report.AtLeast(what, "ratio", Bar, ratios);
            }
            else
            {
                report.Add(what, "ratio", ratios);
            }
        }

        void Each(string what, string unit, Func<Run, double> figure, int from = 0)
        {
            for (var index = from; index < Cases.Length; index++)
            {
                report.Add($"{Cases[index].Count} open: {what}", unit, [.. runs[index].Select(figure)]);
            }
        }
    }

    /// <summary>What one run took.</summary>
    /// <param name="Rate">In MiB a second.</param>
    /// <param name="PeakMiB">Most that the server had resident.</param>
    /// <param name="Spread">From the first message committed to the last, as a part of the time from the first byte sent to the last message committed.</param>
    private sealed record Run(double Rate, double PeakMiB, double Spread);
}
