using System.Globalization;
using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Protocol;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// What the size of a chunk costs, and what it costs when chunks come out of order: one message durable on disk in chunks of 8 KiB to 1,000 KiB, over one
/// connection in order and over four connections shuffled. The server takes larger frames for it than it is shipped with.
/// </summary>
internal static class ChunkSizesScenario
{
    private const long Size = 256L << 20;
    private const int WarmUps = 1;
    private const int Runs = 5;
    private const int Several = 4;

    private static readonly int[] ChunkKiB = [8, 30, 60, 250, 1_000];

    public static async Task RunAsync(Report report)
    {
        await using var server = await Servers.StartReassemblyAsync("--Reassembly:Limits:FrameBytes=1048576", "--Reassembly:Limits:RetentionSeconds=1");
        await using var client = LoadProcess.Start();
        var cases = ChunkKiB.SelectMany(static kib => new[] { (KiB: kib, Connections: 1), (KiB: kib, Connections: Several) }).ToArray();
        var runs = await Rounds.RunAsync(WarmUps, Runs, [.. cases.Select(of => (Func<Task<Run>>)(() => RunAsync(of.KiB, of.Connections)))]);
        for (var index = 0; index < cases.Length; index++)
        {
            report.Add(NameOf(cases[index]), "MiB/s", [.. runs[index].Select(static run => run.Rate)]);
        }

        for (var index = 0; index < cases.Length; index++)
        {
            report.Add(NameOf(cases[index]), "CPU s/GiB at the server", [.. runs[index].Select(static run => run.Cpu)]);
        }

        for (var index = 0; index < cases.Length; index += 2)
        {
            report.Add($"{cases[index].KiB} KiB: rate out of order / in order", "ratio", Figures.Ratios(runs[index + 1].Select(static run => run.Rate), runs[index].Select(static run => run.Rate)));
        }

        async Task<Run> RunAsync(int kib, int connections)
        {
            var size = Effort.Of(Size);
            var cpu = server.CpuTime;
            var result = await client.RunAsync(new SpreadMessage(server.Ws, size, kib << 10, connections));
            cpu = server.CpuTime - cpu;
            if (MessageId.TryParse(result.Last, out var last))
            {
                await server.WaitUntilPurgedAsync(last);
            }

            return new Run(size / Figures.MiB / result.Seconds, cpu.TotalSeconds / (size / (double)(1L << 30)));
        }
    }

    private static string NameOf((int KiB, int Connections) of) => string.Create(
        CultureInfo.InvariantCulture, $"{of.KiB} KiB, {(of.Connections == 1 ? "in order over one connection" : $"out of order over {of.Connections}")}");

    /// <summary>What one run took: MiB a second, and processor seconds for each GiB at the server.</summary>
    private sealed record Run(double Rate, double Cpu);
}
