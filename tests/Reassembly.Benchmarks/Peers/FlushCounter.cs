using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Reassembly.Benchmarks.Peers;

/// <summary>Counts with <c>strace</c> how often a process brings files to the disk. It slows the process down, so nothing is timed meanwhile.</summary>
internal sealed class FlushCounter : IDisposable
{
    private const string Calls = "fsync,fdatasync,sync_file_range,syncfs,msync";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _strace;
    private readonly string _file;

    private FlushCounter(Process strace, string file)
    {
        _strace = strace;
        _file = file;
    }

    /// <summary>Returns when every thread of the process is watched.</summary>
    /// <param name="process">Its id.</param>
    /// <param name="file">Where the calls are noted.</param>
    /// <returns>Null where there is no strace, or it may not look at other processes.</returns>
    public static async Task<FlushCounter?> AttachAsync(int process, string file)
    {
        Process strace;
        try
        {
            strace = Process.Start(new ProcessStartInfo(
                "strace", ["-f", "-e", $"trace={Calls}", "-o", file, "-p", process.ToString(CultureInfo.InvariantCulture)])
            { RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            return null;
        }

        var counter = new FlushCounter(strace, file);
        var said = await strace.StandardError.ReadLineAsync().WaitAsync(Patience, TimeProvider.System);
        if (said?.EndsWith("attached", StringComparison.Ordinal) == true || said?.EndsWith("threads", StringComparison.Ordinal) == true)
        {
            return counter;
        }

        counter.Dispose();
        return null;
    }

    /// <summary>Lets the process go on alone.</summary>
    /// <returns>How many calls had come to their end without a fault.</returns>
    public async Task<int> StopAsync()
    {
        using (var interrupt = Process.Start("kill", ["-INT", _strace.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await interrupt.WaitForExitAsync();
        }

        await _strace.StandardError.ReadToEndAsync();
        await _strace.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        return File.ReadLines(_file).Count(static line => line.EndsWith(" = 0", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        if (!_strace.HasExited)
        {
            _strace.Kill();
        }

        _strace.Dispose();
    }
}
