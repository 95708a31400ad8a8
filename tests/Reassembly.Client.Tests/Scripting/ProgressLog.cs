using System.Collections.Concurrent;
using Reassembly.Client.Sending;

namespace Reassembly.Client.Tests.Scripting;

/// <summary>Keeps every report, and calls back for each: tests act at a place in the transfer, not at a time.</summary>
internal sealed class ProgressLog(Action<SendProgress>? onReport = null) : IProgress<SendProgress>
{
    public ConcurrentQueue<SendProgress> Reports { get; } = new();

    public void Report(SendProgress value)
    {
        Reports.Enqueue(value);
        onReport?.Invoke(value);
    }
}
