using Reassembly.Client.Cutting;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol.Ranges;
using Xunit.Abstractions;

namespace Reassembly.Client.Tests.Cutting;

public sealed class ChunkCutterTests(ITestOutputHelper output)
{
    private static readonly CutLimits Limits = new(MinBytes: 100, MaxBytes: 1000);

    [Fact]
    public void No_piece_breaks_a_limit_and_every_piece_begins_the_gap()
    {
        output.WriteLine($"REASSEMBLY_SEED={TestPayload.Seed}");
        var random = new Random(TestPayload.Seed);
        for (var round = 0; round < 200_000; round++)
        {
            var limits = new CutLimits(random.Next(1, 50), random.Next(50, 300));
            var size = random.Next(2) == 0 ? random.Next(1, 2000) : (long?)null;
            var from = random.Next(2000);
            var gap = new ByteRange(from, random.Next(3) == 0 ? long.MaxValue : from + 1 + random.Next(400));
            var reach = random.Next(2000);
            var oldest = random.Next(from + 1);

            if (!ChunkCutter.TryCut(gap, reach, oldest, size, limits, random.Next(2) == 0, out var piece))
            {
                continue;
            }

            Assert.InRange(piece.From, oldest, gap.From);
            Assert.InRange(piece.To, gap.From + 1, Math.Min(reach, size ?? long.MaxValue));
            Assert.True(piece.Length <= limits.MaxBytes, $"{piece} is too long");
            Assert.True(piece.Length >= limits.MinBytes || piece.To == size, $"{piece} is too short");
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(1099)]
    [InlineData(2050)]
    [InlineData(100)]
    public void A_gap_is_cut_without_sending_a_byte_twice(int length)
    {
        var gap = new ByteRange(5000, 5000 + length);
        var sent = 0L;
        while (!gap.IsEmpty)
        {
            Assert.True(ChunkCutter.TryCut(gap, long.MaxValue, 0, 100_000, Limits, mayWait: true, out var piece));
            sent += piece.Length;
            gap = gap with { From = piece.To };
        }

        Assert.Equal(length, sent);
    }

    [Fact]
    public void A_small_gap_grows_over_what_follows_or_what_precedes()
    {
        Assert.True(ChunkCutter.TryCut(new ByteRange(500, 510), 10_000, 0, null, Limits, mayWait: true, out var piece));
        Assert.Equal(new ByteRange(500, 600), piece);
        Assert.True(ChunkCutter.TryCut(new ByteRange(500, 510), 520, 0, null, Limits, mayWait: true, out piece));
        Assert.Equal(new ByteRange(420, 520), piece);
    }

    [Fact]
    public void The_end_of_the_message_may_be_small()
    {
        Assert.True(ChunkCutter.TryCut(new ByteRange(500, long.MaxValue), 503, 500, 503, Limits, mayWait: true, out var piece));
        Assert.Equal(new ByteRange(500, 503), piece);
    }

    [Fact]
    public void A_short_piece_waits_for_credit_only_while_an_ack_can_bring_some()
    {
        var gap = new ByteRange(500, long.MaxValue);
        Assert.False(ChunkCutter.TryCut(gap, 900, 500, null, Limits, mayWait: true, out _));
        Assert.True(ChunkCutter.TryCut(gap, 900, 500, null, Limits, mayWait: false, out var piece));
        Assert.Equal(new ByteRange(500, 900), piece);
        Assert.False(ChunkCutter.TryCut(gap, 550, 500, null, Limits, mayWait: false, out _));
    }
}
