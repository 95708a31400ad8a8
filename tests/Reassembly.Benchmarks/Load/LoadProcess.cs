using System.Diagnostics;
using System.Text.Json;

namespace Reassembly.Benchmarks.Load;

/// <summary>A client in a process of its own, so that its processor time and its garbage are not the server's nor the scenario's. It dies with the scenario.</summary>
internal sealed class LoadProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Process _process;

    private LoadProcess(Process process) => _process = process;

    public static LoadProcess Start()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Reassembly.Benchmarks.dll");
        return new LoadProcess(Process.Start(new ProcessStartInfo("dotnet", [program, "load"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!);
    }

    /// <summary>Has it do something; one order at a time.</summary>
    /// <exception cref="InvalidOperationException">It failed; what it said is on stderr.</exception>
    public async Task<LoadResult> RunAsync(LoadOrder order)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order));
        await _process.StandardInput.FlushAsync();
        var answer = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System);
        return answer is null
            ? throw new InvalidOperationException($"the client failed at {order}")
            : JsonSerializer.Deserialize<LoadResult>(answer)!;
    }

    public async ValueTask DisposeAsync()
    {
        // The end of its input is its end; one that hangs is killed.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
