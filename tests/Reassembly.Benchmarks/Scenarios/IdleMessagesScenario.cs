using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>What 10,000 messages cost that are open, have one durable chunk each, and wait.</summary>
internal static class IdleMessagesScenario
{
    private const int Messages = 10_000;
    private const int WarmUp = 500;
    private const int Connections = 16;
    private const double BarKiB = 8;

    public static async Task RunAsync(Report report)
    {
        await using var server = await Servers.StartReassemblyAsync("--Reassembly:Limits:OpenMessages", "20000", "--Reassembly:Limits:IdleSeconds", "3600");
        await BeginAsync(server, WarmUp);
        var before = server.ResidentBytes;
        var messages = Effort.Of(Messages, of: Connections);
        await BeginAsync(server, messages);
        var after = server.ResidentBytes;
        report.Add("resident before", "MiB", before / Figures.MiB);
        report.Add($"resident with {messages} open messages", "MiB", after / Figures.MiB);
        report.AtMost("resident for each idle open message", "KiB", BarKiB, (after - before) / 1024.0 / messages);
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
