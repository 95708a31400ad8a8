using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Files.Records;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.Storage.Tests.Disk;

public sealed class RangeCodecTests(ITestOutputHelper output)
{
    [Fact]
    public void Any_ranges_come_back()
    {
        var random = Seed.Random(output.WriteLine);
        for (var round = 0; round < 1000; round++)
        {
            var ranges = new List<ByteRange>();
            var end = 0L;
            for (var count = random.Next(20); count > 0; count--)
            {
                var from = end + random.NextInt64(1L << random.Next(1, 50));
                end = from + 1 + random.NextInt64(1L << random.Next(1, 50));
                ranges.Add(new ByteRange(from, end));
            }

            Assert.Equal(ranges, RangeCodec.Decode(RangeCodec.Encode(ranges)));
        }
    }

    [Fact]
    public void The_largest_message_comes_back_in_a_few_bytes()
    {
        ByteRange[] ranges = [new(0, long.MaxValue)];
        Assert.Equal(ranges, RangeCodec.Decode(RangeCodec.Encode(ranges)));
        Assert.Equal(5, RangeCodec.Encode([new ByteRange(0, 1 << 27)]).Length);
    }

    [Fact]
    public void Bytes_that_are_no_ranges_are_refused()
    {
        byte[][] wrong = [[0x80], [0], [0, 0], [1, 0], [0, 5, 1], [.. Enumerable.Repeat((byte)0xff, 12)]];
        Assert.All(wrong, bytes => Assert.ThrowsAny<Exception>(() => RangeCodec.Decode(bytes)));
    }
}
