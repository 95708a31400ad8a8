using System.Globalization;

namespace Reassembly.Cli.Output;

/// <summary>For logs: a line every few seconds with what is done and the rate since the last one, and a line for whatever else happens.</summary>
internal sealed class LineProgress(TextWriter output, TimeProvider clock, ProgressWords words) : IProgressView
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private long _lastAt = clock.GetTimestamp();
    private long _lastBytes;

    public void Note(string line) => output.WriteLine(line);

    public void Show(long bytes, long? total)
    {
        var elapsed = clock.GetElapsedTime(_lastAt);
        if (elapsed < Pace)
        {
            return;
        }

        var rate = Math.Max(0, bytes - _lastBytes) / elapsed.TotalSeconds;
        var all = total is { } size ? $" of {MiB(size)}" : string.Empty;
        Note($"{MiB(bytes)}{all} {words.Done}, {MiB((long)rate)}/s");
        _lastAt = clock.GetTimestamp();
        _lastBytes = bytes;
    }

    private static string MiB(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");
}
