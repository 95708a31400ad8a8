using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Peers;

/// <summary>A program in any language, as a process of its own, that may take commands (<see cref="CommandLoop"/>). It dies with the scenario.</summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    /// <summary>For the slowest payload under a tracer.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromMinutes(10);

    private readonly string _program;
    private readonly string? _greeting;
    private readonly Process _process;
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _error = new();
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ProgramProcess(string program, IEnumerable<string> arguments, string folder, string? greeting)
    {
        _program = program;
        _greeting = greeting;
        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        })!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => HearError(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public ProcessFigures Figures => new(_process.Id);

    /// <param name="program">To be found as a shell finds it.</param>
    /// <param name="arguments">For it.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="greeting">What a server writes when it listens; null for a program that need not be waited for.</param>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public static async Task<ProgramProcess> StartAsync(string program, IEnumerable<string> arguments, string folder, string? greeting = null)
    {
        var started = new ProgramProcess(program, arguments, folder, greeting);
        try
        {
            var ended = started._process.WaitForExitAsync();
            if (greeting is not null && await Task.WhenAny(started._greeted.Task, ended).WaitAsync(StartPatience, TimeProvider.System) == ended)
            {
                throw started.Ended();
            }

            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="InvalidOperationException">The command failed, or the program ended.</exception>
    public async Task<JsonObject> AskAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync();
        string line;
        try
        {
            line = await _answers.Reader.ReadAsync().AsTask().WaitAsync(AnswerPatience, TimeProvider.System);
        }
        catch (ChannelClosedException)
        {
            await _process.WaitForExitAsync();
            throw Ended();
        }

        var answer = JsonNode.Parse(line)!.AsObject();
        return answer["error"] is { } error ? throw new InvalidOperationException($"{_program}, {command}: {error}") : answer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private InvalidOperationException Ended() => new($"{_program} ended with exit code {_process.ExitCode}: {string.Join('\n', _error)}");

    private void Hear(string? line)
    {
        Greet(line);
        if (line is null)
        {
            _answers.Writer.TryComplete();
        }
        else if (line.StartsWith('{'))
        {
            _answers.Writer.TryWrite(line);
        }
    }

    private void HearError(string? line)
    {
        Greet(line);
        if (line is not null)
        {
            _error.Enqueue(line);
        }
    }

    private void Greet(string? line)
    {
        if (_greeting is not null && line?.Contains(_greeting, StringComparison.Ordinal) == true)
        {
            _greeted.TrySetResult();
        }
    }
}
