using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Reassembly.Protocol;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>A server in a process of its own, with a folder of its own, and what the kernel says of it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string? _folder;

    private ServerProcess(Process process, Uri address, string? folder)
    {
        _process = process;
        _folder = folder;
        Http = address;
    }

    public Uri Http { get; }

    public Uri Ws => new UriBuilder(Http) { Scheme = "ws", Path = "/ws" }.Uri;

    /// <summary>Resident bytes now.</summary>
    public long ResidentBytes => ReadStatus("VmRSS:");

    /// <summary>Most resident bytes since <see cref="ResetPeak"/>.</summary>
    public long PeakResidentBytes => ReadStatus("VmHWM:");

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static Task<ServerProcess> StartDiscardAsync()
    {
        var url = FreeUrl();
        return StartAsync(url, null, Path.Combine(AppContext.BaseDirectory, "Reassembly.Benchmarks.dll"), "serve-discard", url);
    }

    public static Task<ServerProcess> StartReassemblyAsync(params string[] settings)
    {
        var url = FreeUrl();
        var folder = Directory.CreateTempSubdirectory("reassembly-bench-").FullName;
        string[] arguments = ["--urls", url, "--Reassembly:Disk:Path", folder, "--Logging:LogLevel:Default", "Warning", .. settings];
        return StartAsync(url, folder, Path.Combine(AppContext.BaseDirectory, "Reassembly.Server.dll"), arguments);
    }

    /// <summary>Waits until the retention of a message is over and its payload is gone.</summary>
    public async Task WaitUntilPurgedAsync(MessageId id)
    {
        using var client = new HttpClient { BaseAddress = Http };
        while ((await client.GetAsync($"/messages/{id}/status")).StatusCode != HttpStatusCode.NotFound)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    /// <summary>Begins a new peak (Linux: clear_refs).</summary>
    public void ResetPeak() => File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static async Task<ServerProcess> StartAsync(string url, string? folder, string dll, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments]) { RedirectStandardOutput = true, WorkingDirectory = Path.GetDirectoryName(dll) };
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        var server = new ServerProcess(process, new Uri(url), folder);
        await server.WaitUntilReadyAsync();
        return server;
    }

    private async Task WaitUntilReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Http, Timeout = TimeSpan.FromSeconds(1) };
        for (var attempt = 0; !_process.HasExited; attempt++)
        {
            try
            {
                (await client.GetAsync("/health/ready")).EnsureSuccessStatusCode();
                return;
            }
            catch (Exception exception) when (attempt < 300 && exception is HttpRequestException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }

        throw new InvalidOperationException($"the server at {Http} ended with exit code {_process.ExitCode}");
    }

    private long ReadStatus(string name)
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        var kibibytes = line[name.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim();
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
    }

    private static string FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }
}
