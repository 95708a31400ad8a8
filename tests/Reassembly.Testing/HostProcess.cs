using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Reassembly.Testing;

/// <summary>
/// A built program that listens, as a process of its own, at an address and with a folder that stay the same however often it ends and
/// starts. It dies with the test.
/// </summary>
public class HostProcess : IAsyncDisposable
{
    /// <summary>How long the program has to start, or to run to its end by itself, before the test fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>How long it has to end: half a minute is its own bound.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(75);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-test-");
    private readonly string _program;
    private readonly string[] _arguments;
    private Process? _process;
    private TaskCompletionSource _greeted = new();

    /// <param name="program">Path of its <c>.dll</c>.</param>
    /// <param name="arguments">What it is started with, apart from its address; told the folder that is its own.</param>
    public HostProcess(string program, Func<string, IEnumerable<string>> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        Http = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");
        _program = program;
        _arguments = [$"--urls={Http.GetLeftPart(UriPartial.Authority)}", .. arguments(_folder.FullName)];
    }

    public Uri Http { get; }

    public Uri Ws => new UriBuilder(Http) { Scheme = "ws", Path = "/ws" }.Uri;

    /// <summary>Where it runs; removed with it.</summary>
    public string Folder => _folder.FullName;

    public int Id => _process!.Id;

    /// <summary>Every line on stdout, over all starts.</summary>
    public ConcurrentQueue<string> Output { get; } = new();

    /// <summary>Every line on stderr, over all starts.</summary>
    public ConcurrentQueue<string> Error { get; } = new();

    public bool HasExited => _process!.HasExited;

    /// <summary>Resident bytes now.</summary>
    public long ResidentBytes => Figures.ResidentBytes;

    /// <summary>Most resident bytes since <see cref="ResetPeak"/>.</summary>
    public long PeakResidentBytes => Figures.PeakResidentBytes;

    public TimeSpan CpuTime => Figures.CpuTime;

    public ProcessFigures Figures => new(Id);

    /// <summary>Begins a new peak.</summary>
    public void ResetPeak() => Figures.ResetPeak();

    /// <summary>Starts the process; returns when it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public async Task StartAsync()
    {
        Launch();
        var ended = _process!.WaitForExitAsync();
        if (await Task.WhenAny(_greeted.Task, ended).WaitAsync(Patience, TimeProvider.System) == ended)
        {
            throw new InvalidOperationException($"the program ended with exit code {_process.ExitCode}: {string.Join('\n', Error)}");
        }
    }

    /// <summary>Starts the process where it is expected to end by itself.</summary>
    public async Task<int> RunToEndAsync()
    {
        Launch();
        await _process!.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: nothing of it runs on.</summary>
    public Task<int> KillAsync()
    {
        _process!.Kill();
        return EndAsync();
    }

    /// <summary>SIGTERM: asks it to end; returns at once.</summary>
    public void Terminate() => Signal("-TERM");

    /// <summary>SIGSTOP: its sockets and its memory stay, and nothing of it runs.</summary>
    public void Freeze() => Signal("-STOP");

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Thaw() => Signal("-CONT");

    /// <summary>Waits for the process to end, and for its last words.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(EndPatience, TimeProvider.System);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private void Launch()
    {
        _process?.Dispose();
        var greeted = _greeted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo("dotnet", [_program, .. _arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data, greeted);
        _process.ErrorDataReceived += (_, line) => Keep(Error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private void Hear(string? line, TaskCompletionSource greeted)
    {
        Keep(Output, line);
        if (line?.StartsWith("Listening:", StringComparison.Ordinal) == true)
        {
            greeted.TrySetResult();
        }
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
