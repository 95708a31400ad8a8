using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// Messages of 1 KiB, one chunk each, over 64 connections, durable on disk: how many a second while each connection keeps some on their way, and
/// then how long one takes to <c>committed</c> when half as many are sent at a steady pace, whatever becomes of those before. Nothing is purged
/// meanwhile; the client is a process of its own.
/// </summary>
internal static class SmallMessagesScenario
{
    private const int Size = 1024;
    private const int Connections = 64;
    private const int Messages = 60_000;
    private const int PacedSeconds = 10;
    private const int WarmUps = 1;
    private const int Runs = 5;
    private const double BarPerSecond = 10_000;
    private const double BarMs = 20;

    public static async Task RunAsync(Report report)
    {
        await using var server = await Servers.StartReassemblyAsync("--Reassembly:Limits:OpenMessages=65536");
        await using var client = LoadProcess.Start();
        var count = Effort.Of(Messages, of: Connections);
        var cpu = server.CpuTime;
        var saturated = (await Rounds.RunAsync(WarmUps, Runs, () => client.RunAsync(new SmallMessages(server.Ws, Size, count, Connections, null))))[0];
        cpu = (server.CpuTime - cpu) / (Effort.Runs(WarmUps) + Effort.Runs(Runs));
        double[] rates = [.. saturated.Select(result => count / result.Seconds)];
        report.AtLeast("at saturation, committed", "1/s", BarPerSecond, rates);
        report.Add("at saturation, server processor time for each", "us", cpu.TotalMicroseconds / count);
        report.Add("at saturation, to committed, p50", "ms", [.. saturated.Select(static result => Figures.Quantile(result.TimesMs, 0.50))]);
        report.Add("at saturation, to committed, p99", "ms", [.. saturated.Select(static result => Figures.Quantile(result.TimesMs, 0.99))]);

        await PacedAsync("at half of the bar", BarPerSecond / 2, BarMs);
        await PacedAsync("at half of what was reached", Figures.Median(rates) / 2, barMs: null);
        report.Note("Times at a steady pace count from when a message was due, not from when it was sent: a stall is seen by all that it held up.");

        async Task PacedAsync(string name, double perSecond, double? barMs)
        {
            var order = new SmallMessages(server.Ws, Size, Effort.Of((int)(perSecond * PacedSeconds), of: Connections), Connections, perSecond);
            var paced = (await Rounds.RunAsync(warmUps: 0, Runs, () => client.RunAsync(order)))[0];
            double[] p99 = [.. paced.Select(static result => Figures.Quantile(result.TimesMs, 0.99))];
            report.Add($"{name}, sent", "1/s", perSecond);
            report.Add($"{name}, to committed, p50", "ms", [.. paced.Select(static result => Figures.Quantile(result.TimesMs, 0.50))]);
            if (barMs is { } bar)
            {
                report.AtMost($"{name}, to committed, p99", "ms", bar, p99);
            }
            else
            {
                report.Add($"{name}, to committed, p99", "ms", p99);
            }

            report.Add($"{name}, to committed, worst", "ms", [.. paced.Select(static result => result.TimesMs.Max())]);
        }
    }
}
