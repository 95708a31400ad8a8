using System.Diagnostics;

namespace Reassembly.Testing.Postgres;

/// <summary>
/// A shell that waits for its input to end, which it does when this is disposed or the test process dies in any way: then it ends
/// the server in the folder and removes the folder.
/// </summary>
internal sealed class FolderWatch : IAsyncDisposable
{
    // A server may be paused. SIGQUIT ends it at once and lets it give its shared memory back;
    // the file goes as the last thing. SIGKILL is for one that does not listen.
    private const string Script = """
        trap '' INT TERM HUP
        cat >/dev/null
        if read -r pid 2>/dev/null <"$1/data/postmaster.pid"; then
          [ -r "/proc/$pid/task/$pid/children" ] && children=$(cat "/proc/$pid/task/$pid/children")
          kill -CONT $pid $children 2>/dev/null
          kill -QUIT $pid 2>/dev/null
          tries=0
          while [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
          [ -e "$1/data/postmaster.pid" ] && kill -KILL $pid $children 2>/dev/null
        fi
        rm -rf "$1"
        """;

    private readonly Process _shell;

    public FolderWatch(string folder)
    {
        _shell = Process.Start(new ProcessStartInfo("sh", ["-c", Script, "watch", folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync().WaitAsync(PostgresServer.Patience, TimeProvider.System);
        _shell.Dispose();
    }
}
