using System.Globalization;
using Reassembly.Client.Sending;

namespace Reassembly.Cli.Output;

/// <summary>For logs: a line every few seconds with what is durable and the rate since the last one, and a line for whatever else happens.</summary>
internal sealed class LineProgress(TextWriter output, TimeProvider clock) : ISendProgressView
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private long _lastAt = clock.GetTimestamp();
    private long _lastBytes;

    public void Note(string line) => output.WriteLine(line);

    public void Report(SendProgress value)
    {
        if (value.Detail is { } detail)
        {
            Note(detail);
            return;
        }

        var elapsed = clock.GetElapsedTime(_lastAt);
        if (elapsed < Pace)
        {
            return;
        }

        var rate = Math.Max(0, value.DurableBytes - _lastBytes) / elapsed.TotalSeconds;
        var total = value.TotalBytes is { } bytes ? $" of {MiB(bytes)}" : string.Empty;
        Note($"{MiB(value.DurableBytes)}{total} durable, {MiB((long)rate)}/s");
        _lastAt = clock.GetTimestamp();
        _lastBytes = value.DurableBytes;
    }

    private static string MiB(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");
}
