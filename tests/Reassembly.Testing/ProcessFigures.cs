using System.Diagnostics;
using System.Globalization;

namespace Reassembly.Testing;

/// <summary>What the kernel counts for one process while it runs (Linux).</summary>
/// <param name="Id">Of the process.</param>
public readonly record struct ProcessFigures(int Id)
{
    /// <summary>Resident bytes now.</summary>
    public long ResidentBytes => Read("status", "VmRSS:") * 1024;

    /// <summary>Most resident bytes since <see cref="ResetPeak"/>.</summary>
    public long PeakResidentBytes => Read("status", "VmHWM:") * 1024;

    /// <summary>Bytes that it wrote to files, or will have written when the kernel gets to it.</summary>
    public long WrittenBytes => Read("io", "write_bytes:");

    /// <summary>Processor time of all its threads, in user and kernel.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            using var process = Process.GetProcessById(Id);
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Begins a new peak (clear_refs).</summary>
    public void ResetPeak() => File.WriteAllText($"/proc/{Id}/clear_refs", "5");

    private long Read(string file, string name)
    {
        var line = File.ReadLines($"/proc/{Id}/{file}").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
