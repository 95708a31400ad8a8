using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// What 10,000 messages cost that are open, have one durable chunk each, and wait: how much more is resident after each 10,000 more, so that what the runtime
/// has not collected yet is neither counted for them nor hidden by a collection.
/// </summary>
internal static class IdleMessagesScenario
{
    private const int Messages = 10_000;
    private const int WarmUps = 1;
    private const int Runs = 5;
    private const int Connections = 16;
    private const double BarKiB = 8;

    public static async Task RunAsync(Report report)
    {
        var limit = (WarmUps + Runs) * Messages;
        await using var server = await Servers.StartReassemblyAsync($"--Reassembly:Limits:OpenMessages={limit}", "--Reassembly:Limits:IdleSeconds=3600");
        var messages = Effort.Of(Messages, of: Connections);
        var growths = (await Rounds.RunAsync(WarmUps, Runs, async () =>
        {
            var before = server.ResidentBytes;
            await BeginAsync(server, messages);
            return (server.ResidentBytes - before) / 1024.0 / messages;
        }))[0];
        report.Add($"resident with {(Effort.Runs(WarmUps) + Effort.Runs(Runs)) * messages} open messages", "MiB", server.ResidentBytes / Figures.MiB);
        report.AtMost($"resident for each idle open message, by {messages} more", "KiB", BarKiB, [.. growths]);
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
