using System.Diagnostics;
using System.Globalization;

namespace Reassembly.Benchmarks.Reporting;

/// <summary>What has to be read before a run: meanwhile others may load the machine, or go on with the sources.</summary>
/// <param name="Commit">The commit that was checked out; null where there is no repository.</param>
/// <param name="IsDirty">Whether something beside the results differed from it.</param>
/// <param name="LoadAverage">Of the last minute; 0 where the system does not tell.</param>
internal sealed record Start(string? Commit, bool IsDirty, double LoadAverage)
{
    /// <summary>Before the first of all runs, of which each is one of the same build.</summary>
    /// <param name="projectFolder">Where the project lies, and its results in <c>results/</c>.</param>
    public static Start OfProgram(string projectFolder) => new(
        Git(projectFolder, "rev-parse", "HEAD"), Git(projectFolder, "status", "--porcelain", "--", ":/", ":(exclude)results") is { Length: > 0 }, ReadLoadAverage());

    /// <summary>Before another of them.</summary>
    public Start OfRun() => this with { LoadAverage = ReadLoadAverage() };

    private static double ReadLoadAverage()
        => File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : 0;

    private static string? Git(string folder, params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git here.
            return null;
        }
    }
}
