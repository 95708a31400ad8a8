using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;
using Reassembly.Benchmarks.Micro;

namespace Reassembly.Benchmarks.Profiles;

/// <summary>
/// Where the bytes come from that the gate counts: what the runtime samples, every 100 KiB or so, while chunks go from socket to durable ack in this
/// process. Prints a table by type and by the nearest of our methods.
/// </summary>
internal static class AllocationProfile
{
    private const int Chunks = 1024;
    private const int WarmUps = 4;
    private const int Messages = 128;
    private const int Lines = 40;

    public static async Task RunAsync()
    {
        var path = Path.GetTempFileName();
        try
        {
            Print(path, await RecordAsync(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <returns>Bytes allocated a chunk.</returns>
    private static async Task<double> RecordAsync(string path)
    {
        await using var host = await EdgeToStore.StartAsync();
        for (var message = 0; message < WarmUps; message++)
        {
            host.Send(Chunks);
        }

        using var session = new DiagnosticsClient(Environment.ProcessId).StartEventPipeSession(
            new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Verbose, (long)ClrTraceEventParser.Keywords.GC));
        await using var file = File.Create(path);
        var copying = session.EventStream.CopyToAsync(file);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var message = 0; message < Messages; message++)
        {
            host.Send(Chunks);
        }

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        await session.StopAsync(CancellationToken.None);
        await copying;
        return allocated / (double)(Messages * Chunks);
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
}
