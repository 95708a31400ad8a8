using System.Collections.Concurrent;
using System.Diagnostics;

namespace Reassembly.Interop.Tests.Hosting;

/// <summary>A program in another language, as a process of its own. It dies with the test.</summary>
internal sealed class ForeignProcess : IAsyncDisposable
{
    /// <summary>How long it has to start or to end before the test fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Compilers run beside each other, and a failed one fails every test of its library.</summary>
    private static readonly TimeSpan BuildPatience = TimeSpan.FromMinutes(6);

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ForeignProcess(string program, IEnumerable<string> arguments, string? folder, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(Error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.StandardInput.Close();
    }

    /// <summary>Every line on stdout.</summary>
    public ConcurrentQueue<string> Output { get; } = new();

    /// <summary>Every line on stderr.</summary>
    public ConcurrentQueue<string> Error { get; } = new();

    /// <summary>The rest of the line with which it says that it listens.</summary>
    public string Greeting { get; private set; } = string.Empty;

    /// <summary>Starts a server; returns when it has written a line that begins with <c>Listening:</c>.</summary>
    public static async Task<ForeignProcess> StartAsync(
        string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var server = new ForeignProcess(program, arguments, folder, environment);
        try
        {
            var ended = server._process.WaitForExitAsync();
            if (await Task.WhenAny(server._greeted.Task, ended).WaitAsync(Patience) == ended)
            {
                throw new InvalidOperationException($"{program} ended with exit code {server._process.ExitCode}: {string.Join('\n', server.Error)}");
            }

            server.Greeting = await server._greeted.Task;
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a program to its end, which is to come within <paramref name="patience"/>, or <see cref="Patience"/> where it is not said.</summary>
    public static async Task<(int Code, IReadOnlyList<string> Output, IReadOnlyList<string> Error)> RunAsync(
        string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? patience = null)
    {
        await using var run = new ForeignProcess(program, arguments, folder, environment);
        await run._process.WaitForExitAsync().WaitAsync(patience ?? Patience);
        return (run._process.ExitCode, [.. run.Output], [.. run.Error]);
    }

    /// <summary>Runs a compiler.</summary>
    /// <exception cref="InvalidOperationException">It failed; what it said.</exception>
    public static async Task BuildAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var (code, output, error) = await RunAsync(program, arguments, folder: null, environment, BuildPatience);
        if (code != 0)
        {
            throw new InvalidOperationException($"{program}: {string.Join('\n', output.Concat(error))}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        Keep(Output, line);
        if (line?.StartsWith("Listening:", StringComparison.Ordinal) == true)
        {
            _greeted.TrySetResult(line["Listening:".Length..].Trim());
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
