using System.Diagnostics;
using Reassembly.Testing;

namespace Reassembly.Deploy.Tests.Code;

/// <summary>The built server, started once with the environment that a manifest gives it.</summary>
internal sealed class HostRun : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-deploy-");
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _errors = [];
    private readonly Process _process;

    private HostRun(IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Reassembly.Server.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens; null where it ended instead.</summary>
    public Uri? Address { get; private set; }

    /// <summary>What it said when it ended.</summary>
    public string Error
    {
        get
        {
            lock (_errors)
            {
                return string.Join('\n', _errors);
            }
        }
    }

    /// <summary>Starts it; returns when it listens or has ended.</summary>
    public static async Task<HostRun> StartAsync(IEnumerable<KeyValuePair<string, string>> environment)
    {
        var run = new HostRun(environment);
        try
        {
            var ended = run._process.WaitForExitAsync();
            if (await Task.WhenAny(run._listening.Task, ended).WaitAsync(HostProcess.Patience, TimeProvider.System) != ended)
            {
                run.Address = await run._listening.Task;
            }

            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync().WaitAsync(HostProcess.Patience, TimeProvider.System);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Hear(string? line)
    {
        const string Greeting = "Listening: connect to ws://";
        if (line?.StartsWith(Greeting, StringComparison.Ordinal) == true)
        {
            _listening.TrySetResult(new Uri("http://" + line[Greeting.Length..].Split('/')[0]));
        }
    }

    private void Keep(string? line)
    {
        lock (_errors)
        {
            _errors.Add(line ?? string.Empty);
        }
    }
}
