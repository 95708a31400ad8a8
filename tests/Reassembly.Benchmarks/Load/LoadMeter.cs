using Reassembly.Protocol;

namespace Reassembly.Benchmarks.Load;

/// <summary>Time and processor time of this process since a start.</summary>
internal readonly struct LoadMeter
{
    private readonly TimeSpan _cpu;

    private LoadMeter(long startedAt, TimeSpan cpu)
    {
        StartedAt = startedAt;
        _cpu = cpu;
    }

    /// <summary>As a timestamp of <see cref="TimeProvider.System"/>.</summary>
    public long StartedAt { get; }

    public static LoadMeter Start() => new(TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);

    public LoadResult Stop(MessageId last, IReadOnlyList<double>? timesMs = null) => new(
        TimeProvider.System.GetElapsedTime(StartedAt).TotalSeconds,
        (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds,
        last == default ? null : last.ToString(),
        timesMs ?? []);
}
