using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>64 MiB over one connection in 64 KiB frames, durable on disk, against the same Kestrel that receives and discards the same frames.</summary>
internal static class ThroughputScenario
{
    private const long Size = 64L << 20;
    private const int WarmUps = 20;
    private const int Runs = 15;
    private const double Bar = 0.5;

    public static async Task<bool> RunAsync()
    {
        await using var discard = await ServerProcess.StartDiscardAsync();
        await using var ours = await ServerProcess.StartReassemblyAsync("--Reassembly:Limits:RetentionSeconds", "1");
        var discarded = new List<double>();
        var durable = new List<double>();
        var ratios = new List<double>();
        var discardUri = new UriBuilder(discard.Ws) { Query = $"bytes={Wire(Size)}" }.Uri;
        for (var run = -WarmUps; run < Runs; run++)
        {
            var baseline = await RateAsync(discardUri, hasCredit: false);
            var rate = await RateAsync(ours.Ws, hasCredit: true);
            if (run >= 0)
            {
                discarded.Add(baseline);
                durable.Add(rate);
                ratios.Add(rate / baseline);
            }
        }

        Console.WriteLine($"receive and discard, MiB/s:  {Figures.Spread(discarded)}");
        Console.WriteLine($"durable on disk, MiB/s:      {Figures.Spread(durable)}");
        Console.WriteLine($"ratio, run by run:           {Figures.Spread(ratios)}");
        return Figures.Bar("durable / discard, median", Figures.Median(ratios), Bar, atLeast: true);
    }

    private static async Task<double> RateAsync(Uri uri, bool hasCredit)
    {
        await using var connection = await LoadConnection.OpenAsync(uri, hasCredit);
        var time = await Figures.TimeAsync(() => connection.SendAsync(Size));
        return Size / Figures.MiB / time.TotalSeconds;
    }

    /// <summary>Bytes of the frames of a message, headers included.</summary>
    private static long Wire(long size)
    {
        var chunkBytes = new FrameSource(64 * 1024).ChunkBytes;
        return size + ((size + chunkBytes - 1) / chunkBytes * 48);
    }
}
