using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Reporting;

/// <summary>Where, when and of what a run was made: without it no figure can be compared.</summary>
/// <param name="Date">When it ended.</param>
/// <param name="Commit">The commit that was checked out; null where there is no repository.</param>
/// <param name="IsDirty">Whether something beside the results differed from it.</param>
/// <param name="Processor">Its model.</param>
/// <param name="Cores">How many the run could use.</param>
/// <param name="MemoryMiB">Of the machine.</param>
/// <param name="Kernel">The operating system and its kernel.</param>
/// <param name="LoadAverage">Of the minute before the run began: what else the machine did.</param>
/// <param name="Versions">Of all programs that took part.</param>
internal sealed record Circumstances(
    DateTimeOffset Date,
    string? Commit,
    bool IsDirty,
    string Processor,
    int Cores,
    long MemoryMiB,
    string Kernel,
    double LoadAverage,
    IReadOnlyDictionary<string, string> Versions)
{
    /// <summary>Those of a run that has just ended.</summary>
    /// <param name="start">As it was before the run.</param>
    /// <param name="versions">Of programs that took part, beside .NET and the server.</param>
    public static Circumstances Now(Start start, IReadOnlyDictionary<string, string> versions) => new(
        TimeProvider.System.GetUtcNow(),
        start.Commit,
        start.IsDirty,
        Line("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Line("/proc/meminfo", "MemTotal") is { } total
            ? long.Parse(total.Split(' ')[0], CultureInfo.InvariantCulture) / 1024
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        $"{RuntimeInformation.OSDescription}, kernel {Environment.OSVersion.Version}",
        start.LoadAverage,
        new SortedDictionary<string, string>(versions.ToDictionary(), StringComparer.Ordinal)
        {
            [".NET"] = Environment.Version.ToString(),
            ["Reassembly"] = AssemblyName.GetAssemblyName(ServerProcess.Program).Version!.ToString(3),
        });

    private static string? Line(string path, string name)
        => File.Exists(path)
            ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
}
