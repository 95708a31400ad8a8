using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>The cost of a chunk in a message of 1 GiB against that in messages of 16 MiB: the same bytes, interleaved, processor time of the server.</summary>
internal static class GrowthScenario
{
    private const long Large = 1L << 30;
    private const long Small = 16L << 20;
    private const int Runs = 5;
    private const double Bar = 1.10;

    public static async Task RunAsync(Report report)
    {
        await using var server = await Servers.StartReassemblyAsync();
        await using var connection = await LoadConnection.OpenAsync(server.Ws, hasCredit: true);
        await CostAsync(server, connection, Small);
        var cpu = new List<double>();
        var wall = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            var small = await CostAsync(server, connection, Small);
            var large = await CostAsync(server, connection, Large);
            cpu.Add(large.Cpu / small.Cpu);
            wall.Add(large.Wall / small.Wall);
        }

        report.AtMost("CPU a chunk, 1 GiB / 16 MiB", "ratio", Bar, cpu);
        report.AtMost("wall time a chunk, 1 GiB / 16 MiB", "ratio", Bar, wall);
    }

    private static async Task<(double Cpu, double Wall)> CostAsync(HostProcess server, LoadConnection connection, long size)
    {
        var chunks = (double)Large / connection.ChunkBytes;
        var cpu = server.CpuTime;
        var wall = await Figures.TimeAsync(async () =>
        {
            for (var sent = 0L; sent < Large; sent += size)
            {
                await connection.SendAsync(size);
            }
        });
        return ((server.CpuTime - cpu).TotalMicroseconds / chunks, wall.TotalMicroseconds / chunks);
    }
}
