using System.Security.Cryptography;
using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Protocol;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// 64 MiB over one connection in 64 KiB frames, durable on disk, against the same Kestrel that receives and discards the same frames.
/// Between two runs the payload of the first is purged: a run neither shares the disk with a deletion nor pays for blocks that a
/// virtual disk has never written before, which can be several times slower than the rest and says nothing of the server. What the disk
/// itself takes, in appends of 2 MiB with a flush each, stands beside it.
/// </summary>
internal static class ThroughputScenario
{
    private const long Size = 64L << 20;
    private const int AppendBytes = 2 << 20;
    private const int WarmUps = 6;
    private const int Runs = 11;
    private const double Bar = 0.5;

    public static async Task RunAsync(Report report)
    {
        await using var discard = await Servers.StartDiscardAsync();
        await using var ours = await Servers.StartReassemblyAsync("--Reassembly:Limits:RetentionSeconds", "1");
        var appended = new List<double>();
        var discarded = new List<double>();
        var durable = new List<double>();
        var ratios = new List<double>();
        for (var run = -Effort.Runs(WarmUps); run < Effort.Runs(Runs); run++)
        {
            var disk = AppendRate();
            var (baseline, _) = await RateAsync(discard.Ws, hasCredit: false);
            var (rate, id) = await RateAsync(ours.Ws, hasCredit: true);
            await ours.WaitUntilPurgedAsync(id);
            if (run >= 0)
            {
                appended.Add(disk);
                discarded.Add(baseline);
                durable.Add(rate);
                ratios.Add(rate / baseline);
            }
        }

        report.Add("append and flush alone", "MiB/s", appended);
        report.Add("receive and discard", "MiB/s", discarded);
        report.Add("durable on disk", "MiB/s", durable);
        report.AtLeast("durable / discard", "ratio", Bar, ratios);
    }

    private static async Task<(double Rate, MessageId Id)> RateAsync(Uri uri, bool hasCredit)
    {
        await using var connection = await LoadConnection.OpenAsync(uri, hasCredit);
        MessageId id = default;
        var time = await Figures.TimeAsync(async () => id = await connection.SendAsync(Size));
        return (Size / Figures.MiB / time.TotalSeconds, id);
    }

    private static double AppendRate()
    {
        var path = Path.GetTempFileName();
        try
        {
            var bytes = RandomNumberGenerator.GetBytes(AppendBytes);
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
            var start = TimeProvider.System.GetTimestamp();
            for (var offset = 0L; offset < Size; offset += AppendBytes)
            {
                RandomAccess.Write(file, bytes, offset);
                RandomAccess.FlushToDisk(file);
            }

            return Size / Figures.MiB / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
