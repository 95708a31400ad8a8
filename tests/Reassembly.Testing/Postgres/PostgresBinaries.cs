using System.Diagnostics;
using System.Globalization;

namespace Reassembly.Testing.Postgres;

/// <summary>The programs of a PostgreSQL installed on this machine, run as a user that they accept: they refuse to run as root.</summary>
internal sealed class PostgresBinaries
{
    private const string DebianRoot = "/usr/lib/postgresql";

    private static readonly string[] Users = ["postgres", "nobody"];

    private readonly string _folder;
    private readonly string? _user;

    private PostgresBinaries(string folder, string? user)
    {
        _folder = folder;
        _user = user;
    }

    /// <summary>Those on the PATH, else the newest where Debian puts them; null where there are none.</summary>
    public static PostgresBinaries? Find()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var debian = Directory.Exists(DebianRoot)
            ? Directory.GetDirectories(DebianRoot)
                .OrderByDescending(static folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(static folder => Path.Combine(folder, "bin"))
            : [];
        var folder = onPath.Concat(debian).FirstOrDefault(
            static folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "pg_ctl")) && File.Exists(Path.Combine(folder, "initdb")));
        return folder is null ? null : new PostgresBinaries(folder, Environment.IsPrivilegedProcess ? KnownUser() : null);
    }

    /// <summary>Makes a folder the user's under whom the programs run.</summary>
    public async Task OwnAsync(string folder)
    {
        if (_user is not null)
        {
            await RunProgramAsync("chown", ["-R", _user, folder], folder);
        }
    }

    /// <summary>Runs one of the programs to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it said.</exception>
    public Task RunAsync(string program, string workingFolder, params string[] arguments)
    {
        var path = Path.Combine(_folder, program);
        return _user is null
            ? RunProgramAsync(path, arguments, workingFolder)
            : RunProgramAsync("setpriv", [$"--reuid={_user}", $"--regid={_user}", "--clear-groups", "--", path, .. arguments], workingFolder);
    }

    /// <summary>Runs any program to its end, bounded.</summary>
    internal static async Task RunProgramAsync(string program, IEnumerable<string> arguments, string? workingFolder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder ?? Path.GetTempPath(),
        };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(PostgresServer.Patience, TimeProvider.System);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with exit code {process.ExitCode}: {await error}{await output}");
        }
    }

    private static string KnownUser()
    {
        var known = File.ReadLines("/etc/passwd").Select(static line => line.Split(':')[0]).ToHashSet();
        return Users.FirstOrDefault(known.Contains) ?? throw new InvalidOperationException($"PostgreSQL does not run as root, and there is none of the users {string.Join(", ", Users)}.");
    }
}
