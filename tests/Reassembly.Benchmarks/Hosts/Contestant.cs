using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>A server and the client that sends to it, in turn with others. The client is its own, the server is not.</summary>
internal sealed class Contestant(string name, HostProcess server, bool hasCredit) : IAsyncDisposable
{
    private const double GiB = 1L << 30;

    private readonly LoadProcess _client = LoadProcess.Start();

    public string Name => name;

    public HostProcess Server => server;

    /// <summary>Sends messages one after the other over one connection, and waits until nothing of them is stored any more.</summary>
    public async Task<Run> RunAsync(long size, int count = 1)
    {
        server.ResetPeak();
        var cpu = server.CpuTime;
        var result = await _client.RunAsync(new WholeMessages(server.Ws, size, count, hasCredit));
        cpu = server.CpuTime - cpu;
        var peak = server.PeakResidentBytes;
        if (hasCredit && MessageId.TryParse(result.Last, out var last))
        {
            await server.WaitUntilPurgedAsync(last);
        }
        else
        {
            await Eventually.TrueAsync(() => !Directory.EnumerateFiles(server.Folder).Any(), $"{name} removed what it stored");
        }

        var bytes = (double)size * count;
        return new Run(bytes / Figures.MiB / result.Seconds, cpu.TotalSeconds / (bytes / GiB), result.CpuSeconds / (bytes / GiB), peak / Figures.MiB);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}

/// <summary>What one run took.</summary>
/// <param name="Rate">In MiB a second, from the first byte sent to the last message committed.</param>
/// <param name="ServerCpu">Processor seconds for each GiB at the server.</param>
/// <param name="ClientCpu">The same at the client.</param>
/// <param name="PeakMiB">Most that the server had resident.</param>
internal sealed record Run(double Rate, double ServerCpu, double ClientCpu, double PeakMiB);
