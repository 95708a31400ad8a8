using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>How much the resident set grows while a 512 MiB message goes through, over what a 32 MiB message left.</summary>
internal static class MemoryScenario
{
    private const double BarMiB = 64;

    public static async Task<bool> RunAsync()
    {
        await using var server = await Servers.StartReassemblyAsync();
        await using var connection = await LoadConnection.OpenAsync(server.Ws, hasCredit: true);
        await connection.SendAsync(32L << 20);
        var after32 = server.ResidentBytes / Figures.MiB;
        server.ResetPeak();
        await connection.SendAsync(512L << 20);
        var peak = server.PeakResidentBytes / Figures.MiB;
        var after512 = server.ResidentBytes / Figures.MiB;
        Console.WriteLine($"resident after 32 MiB: {after32:0.0} MiB; during 512 MiB at most {peak:0.0} MiB; after it {after512:0.0} MiB");
        return Figures.Bar("growth at its peak, MiB", peak - after32, BarMiB, atLeast: false);
    }
}
