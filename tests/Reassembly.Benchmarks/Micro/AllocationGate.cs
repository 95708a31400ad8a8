using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Micro;

/// <summary>The gate that CI runs: bytes allocated for one chunk of 64 KiB, from socket to durable ack. Times are no gate, allocations are.</summary>
internal static class AllocationGate
{
    private const int Chunks = 1024;
    private const int Messages = 16;
    private const double BarBytes = 256;

    public static async Task<int> RunAsync()
    {
        await using var host = await EdgeToStore.StartAsync();
        host.Send(Chunks);
        host.Send(Chunks);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var message = 0; message < Messages; message++)
        {
            host.Send(Chunks);
        }

        var perChunk = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(Chunks * Messages);
        var report = new Report("gate");
        report.AtMost($"allocated for each of {Messages * Chunks} chunks", "bytes", BarBytes, perChunk);
        return report.IsReached ? 0 : 1;
    }
}
