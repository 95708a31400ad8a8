using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;
using Reassembly.Benchmarks.Micro;
using Reassembly.Protocol.Frames;

namespace Reassembly.Benchmarks.Profiles;

/// <summary>
/// Where the bytes come from that the gate counts: what the runtime samples, every 100 KiB or so, while chunks go from socket to durable ack in this
/// process. Prints a table by type and by the nearest of our methods.
/// </summary>
internal static class AllocationProfile
{
    private const int Lines = 40;

    private static readonly Work Large = new(FrameBytes: 64 * 1024, Chunks: 1024, WarmUps: 4, Messages: 128);
    private static readonly Work Small = new(FrameBytes: 1024 + ChunkHeader.Size, Chunks: 1, WarmUps: 2_000, Messages: 20_000);

    /// <param name="small">Messages of one chunk of 1 KiB instead of long ones.</param>
    public static async Task RunAsync(bool small)
    {
        var path = Path.GetTempFileName();
        try
        {
            Print(path, await RecordAsync(path, small ? Small : Large));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <returns>Bytes allocated a chunk.</returns>
    private static async Task<double> RecordAsync(string path, Work work)
    {
        await using var host = await EdgeToStore.StartAsync(work.FrameBytes);
        for (var message = 0; message < work.WarmUps; message++)
        {
            host.Send(work.Chunks);
        }

        using var session = new DiagnosticsClient(Environment.ProcessId).StartEventPipeSession(
            new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Verbose, (long)ClrTraceEventParser.Keywords.GC));
        await using var file = File.Create(path);
        var copying = session.EventStream.CopyToAsync(file);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var message = 0; message < work.Messages; message++)
        {
            host.Send(work.Chunks);
        }

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        await session.StopAsync(CancellationToken.None);
        await copying;
        return allocated / (double)(work.Messages * work.Chunks);
    }

    /// <summary>Every sample stands for the same share of all bytes.</summary>
    private static void Print(string path, double bytesOfChunk)
    {
        var etlx = TraceLog.CreateFromEventPipeDataFile(path);
        using (var log = new TraceLog(etlx))
        {
            var sites = log.Events.ByEventType<GCAllocationTickTraceData>()
                .CountBy(static tick => (Type: tick.TypeName, Site: SiteOf(tick.CallStack())))
                .OrderByDescending(static site => site.Value)
                .ToList();
            var share = bytesOfChunk / sites.Sum(static site => site.Value);
            Console.WriteLine("| bytes a chunk | type | allocated in |\n| ---: | --- | --- |");
            foreach (var ((type, site), samples) in sites.Take(Lines))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {samples * share:0.0} | {type} | {site} |"));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {bytesOfChunk:0.0} | all | |"));
        }

        File.Delete(etlx);
    }

    /// <summary>The nearest of our methods, and below it the one of a library that it called.</summary>
    private static string SiteOf(TraceCallStack? stack)
    {
        string? called = null;
        for (; stack is not null; stack = stack.Caller)
        {
            var method = stack.CodeAddress.FullMethodName;
            if (method.StartsWith("Reassembly.", StringComparison.Ordinal))
            {
                return called is null ? method : $"{method} -> {called}";
            }

            called = method.Length > 0 ? method : called;
        }

        return called ?? "?";
    }

    /// <summary>What is sent.</summary>
    private sealed record Work(int FrameBytes, int Chunks, int WarmUps, int Messages);
}
