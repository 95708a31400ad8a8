using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Reassembly.Testing;

/// <summary>
/// The built server as a process of its own, at an address and with a folder that stay the same however often it ends and starts.
/// It lies beside the test (a project reference puts it there), and dies with it.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>How long the server has to start or to end before the test fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-e2e-");
    private readonly string[] _arguments;
    private Process? _process;
    private TaskCompletionSource _greeted = new();

    /// <param name="settings">Further arguments, such as <c>--Reassembly:Limits:OpenMessages=2</c>.</param>
    public ServerProcess(params string[] settings)
    {
        Http = FreeAddress();
        _arguments =
        [
            $"--urls={Http.GetLeftPart(UriPartial.Authority)}",
            $"--Reassembly:Disk:Path={DataFolder}",
            $"--Reassembly:Delivery:Directory={DeliveryFolder}",
            "--Logging:LogLevel:Default=Warning",
            .. settings,
        ];
    }

    public Uri Http { get; }

    public Uri Ws => new UriBuilder(Http) { Scheme = "ws", Path = "/ws" }.Uri;

    public string DataFolder => Path.Combine(_folder.FullName, "data");

    public string DeliveryFolder => Path.Combine(_folder.FullName, "delivered");

    public int Id => _process!.Id;

    /// <summary>Every line on stdout, over all starts.</summary>
    public ConcurrentQueue<string> Output { get; } = new();

    /// <summary>Every line on stderr, over all starts.</summary>
    public ConcurrentQueue<string> Error { get; } = new();

    public bool HasExited => _process!.HasExited;

    /// <summary>Resident bytes now.</summary>
    public long ResidentBytes
    {
        get
        {
            const string Name = "VmRSS:";
            var line = File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith(Name, StringComparison.Ordinal));
            return long.Parse(line[Name.Length..].Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
        }
    }

    public static async Task<ServerProcess> StartNewAsync(params string[] settings)
    {
        var server = new ServerProcess(settings);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the process; returns when it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public async Task StartAsync()
    {
        Launch();
        var ended = _process!.WaitForExitAsync();
        if (await Task.WhenAny(_greeted.Task, ended).WaitAsync(Patience, TimeProvider.System) == ended)
        {
            throw new InvalidOperationException($"the server ended with exit code {_process.ExitCode}: {string.Join('\n', Error)}");
        }
    }

    /// <summary>Starts the process where it is expected to end by itself.</summary>
    public Task<int> RunToEndAsync()
    {
        Launch();
        return EndAsync();
    }

    /// <summary>SIGKILL: nothing of it runs on.</summary>
    public Task<int> KillAsync()
    {
        _process!.Kill();
        return EndAsync();
    }

    /// <summary>SIGTERM: asks it to end; returns at once.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the process to end, and for its last words.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
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
    }

    private void Launch()
    {
        _process?.Dispose();
        var greeted = _greeted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Reassembly.Server.dll"), .. _arguments])
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

    /// <summary>Below the ports that the system hands out: nobody else gets it while the server is down, least of all a client calling itself.</summary>
    private static Uri FreeAddress()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(20_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return new Uri($"http://127.0.0.1:{port}");
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
