using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>Counts the garbage collections of another process from its start to its end, through the runtime's own event pipe.</summary>
internal sealed class CollectionWatch : IDisposable
{
    private const int Generations = 3;

    private readonly EventPipeSession _session;
    private readonly Task _reading;
    private readonly int[] _counts = new int[Generations];

    private CollectionWatch(EventPipeSession session)
    {
        _session = session;
        _reading = Task.Run(Read);
    }

    public static CollectionWatch Start(int process) => new(new DiagnosticsClient(process).StartEventPipeSession(
        new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, (long)ClrTraceEventParser.Keywords.GC), requestRundown: false));

    /// <summary>Ends it.</summary>
    /// <returns>How many there were of each generation.</returns>
    public async Task<IReadOnlyList<int>> StopAsync()
    {
        await _session.StopAsync(CancellationToken.None);
        await _reading;
        return _counts;
    }

    public void Dispose() => _session.Dispose();

    private void Read()
    {
        using var source = new EventPipeEventSource(_session.EventStream);
        source.Clr.GCStart += collection => _counts[collection.Depth]++;
        source.Process();
    }
}
