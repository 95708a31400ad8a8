using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>What 10,000 messages cost that are open, have one durable chunk each, and wait.</summary>
internal static class IdleMessagesScenario
{
    private const int Messages = 10_000;
    private const int WarmUp = 500;
    private const int Connections = 16;
    private const double BarKiB = 8;

    public static async Task<bool> RunAsync()
    {
        await using var server = await Servers.StartReassemblyAsync("--Reassembly:Limits:OpenMessages", "20000", "--Reassembly:Limits:IdleSeconds", "3600");
        await BeginAsync(server, WarmUp);
        var before = server.ResidentBytes;
        await BeginAsync(server, Messages);
        var perMessage = (server.ResidentBytes - before) / 1024.0 / Messages;
        Console.WriteLine($"resident before {before / Figures.MiB:0.0} MiB, with {Messages} open messages {server.ResidentBytes / Figures.MiB:0.0} MiB");
        return Figures.Bar("per idle open message, KiB", perMessage, BarKiB, atLeast: false);
    }

    private static Task BeginAsync(HostProcess server, int messages)
        => Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            await using var connection = await LoadConnection.OpenAsync(server.Ws, hasCredit: true);
            for (var message = 0; message < messages / Connections; message++)
            {
                await connection.BeginAsync(1024);
            }
        }));
}
