using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>How much the resident set grows while a 512 MiB message goes through, over what a 32 MiB message left.</summary>
internal static class MemoryScenario
{
    private const double BarMiB = 64;

    public static async Task RunAsync(Report report)
    {
        await using var server = await Servers.StartReassemblyAsync();
        await using var connection = await LoadConnection.OpenAsync(server.Ws, hasCredit: true);
        await connection.SendAsync(32L << 20);
        var after32 = server.ResidentBytes / Figures.MiB;
        server.ResetPeak();
        await connection.SendAsync(Effort.Of(512L << 20));
        var peak = server.PeakResidentBytes / Figures.MiB;
        var after512 = server.ResidentBytes / Figures.MiB;
        report.Add("resident after 32 MiB", "MiB", after32);
        report.Add("resident during 512 MiB, at most", "MiB", peak);
        report.Add("resident after 512 MiB", "MiB", after512);
        report.AtMost("growth at its peak", "MiB", BarMiB, peak - after32);
    }
}
