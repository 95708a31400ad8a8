using System.Globalization;
using System.Net;

namespace Reassembly.Testing.Postgres;

/// <summary>The folder of a throw-away server, its processes, and the watch that ends both with the test process.</summary>
internal sealed class PostgresFolder : IAsyncDisposable
{
    private readonly PostgresBinaries _binaries;
    private readonly string _root;
    private readonly FolderWatch _watch;

    private PostgresFolder(PostgresBinaries binaries, string root)
    {
        _binaries = binaries;
        _root = root;
        _watch = new FolderWatch(root);
        EndPoint = new IPEndPoint(IPAddress.Loopback, LoopbackPort.Next());
    }

    public IPEndPoint EndPoint { get; }

    private string Data => Path.Combine(_root, "data");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    private string Log => Path.Combine(_root, "log");

    public static async Task<PostgresFolder> MakeAsync(PostgresBinaries binaries, string[] settings)
    {
        var folder = new PostgresFolder(binaries, Directory.CreateTempSubdirectory("reassembly-postgres-").FullName);
        try
        {
            await binaries.OwnAsync(folder._root);

            // Only the making is not flushed; the server itself runs with fsync on.
            await binaries.RunAsync("initdb", folder._root, "--pgdata", folder.Data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync");
            await File.AppendAllLinesAsync(Path.Combine(folder.Data, "postgresql.conf"), [.. folder.Settings(), .. settings.Select(Quoted)]);
            return folder;
        }
        catch
        {
            await folder.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync()
    {
        try
        {
            await _binaries.RunAsync("pg_ctl", _root, "start", "--pgdata", Data, "--log", Log, "--wait", "--timeout", Seconds(PostgresServer.Patience));
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{(File.Exists(Log) ? await File.ReadAllTextAsync(Log) : "no log")}", exception);
        }
    }

    public Task StopAsync() => _binaries.RunAsync("pg_ctl", _root, "stop", "--pgdata", Data, "--mode", "fast", "--wait", "--timeout", Seconds(PostgresServer.Patience));

    /// <summary>Ends all processes at once: the first is stopped before, so that it starts no others meanwhile.</summary>
    public async Task KillAsync()
    {
        if (PostmasterId() is not { } postmaster)
        {
            return;
        }

        await SendAsync("-STOP", [postmaster]);
        var processes = Family(postmaster);
        await SendAsync("-KILL", processes);

        // The next start finds its shared memory in use for as long as one of them is there.
        using var patience = new CancellationTokenSource(PostgresServer.Patience, TimeProvider.System);
        while (processes.Exists(IsRunning))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
        }

        // In a container nobody may collect the dead, and the next start would take this one for running.
        File.Delete(PidFile);
    }

    /// <summary>Sends a signal to all processes, the first before those that it started.</summary>
    public async Task SignalAsync(string signal)
    {
        var postmaster = PostmasterId() ?? throw new InvalidOperationException("the server does not run");
        await SendAsync(signal, [postmaster]);
        await SendAsync(signal, Family(postmaster));
    }

    public ValueTask DisposeAsync() => _watch.DisposeAsync();

    private static Task SendAsync(string signal, List<int> processes)
        => PostgresBinaries.RunProgramAsync("sh", ["-c", $"kill {signal} {string.Join(' ', processes)} 2>/dev/null; true"]);

    private static string Seconds(TimeSpan time) => ((int)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static string Quoted(string setting)
    {
        var parts = setting.Split('=', 2);
        return $"{parts[0]} = '{parts[1]}'";
    }

    private static List<int> Family(int postmaster) =>
    [
        postmaster,
        .. Directory.GetDirectories("/proc")
            .Select(static folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id != 0 && Stat(id) is { } stat && stat.Parent == postmaster),
    ];

    private static bool IsRunning(int process) => Stat(process) is { State: not "Z" };

    /// <summary>State and parent of a process, which follow its name in parentheses; null where it is gone.</summary>
    private static (string State, int Parent)? Stat(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private int? PostmasterId()
        => File.Exists(PidFile) && int.TryParse(File.ReadLines(PidFile).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && IsRunning(id) ? id : null;

    private IEnumerable<string> Settings() =>
    [
        "listen_addresses = '127.0.0.1'",
        $"port = {EndPoint.Port}",

        // No socket file, and no shared memory that would outlive a kill.
        "unix_socket_directories = ''",
        "dynamic_shared_memory_type = mmap",
        "shared_buffers = '32MB'",
        "max_connections = 200",
        "fsync = on",
        "full_page_writes = on",
        "max_wal_size = '256MB'",
    ];
}
