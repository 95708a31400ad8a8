using Reassembly.Core.Routing;
using Reassembly.Grains.Routing;
using Reassembly.Testing;

namespace Reassembly.Grains.Tests.Routing;

public sealed class BatchCutterTests
{
    [Theory]
    [InlineData(1_000, 1_000)]
    [InlineData(3_000_000, 65_488)]
    [InlineData(3_000_000, 1_024)]
    [InlineData(3_000_000, BatchCutter.MaxCallBytes)]
    [InlineData(3_000_000, 1_000_000)]
    [InlineData(0, 1_000)]
    public void Every_chunk_is_in_one_call_and_no_call_is_larger_than_it_may_be(int size, int chunkBytes)
    {
        var chunks = new TestMessage(new Random(1), size, TimeProvider.System.GetUtcNow()).Chunks(chunkBytes);
        var batches = BatchCutter.Cut(chunks);
        Assert.Equal(chunks, batches.SelectMany(static batch => batch.Chunks));
        Assert.All(batches, static batch => Assert.True(batch.Chunks.Count == 1 || batch.Chunks.Sum(static chunk => (long)chunk.Payload.Length) <= BatchCutter.MaxCallBytes));
        Assert.Equal(Math.Max(1, chunkBytes > BatchCutter.MaxCallBytes ? chunks.Count : Math.Ceiling(chunks.Count / Math.Floor((double)BatchCutter.MaxCallBytes / chunkBytes))), batches.Count);
    }

    [Fact]
    public void What_fits_into_one_call_is_not_copied()
    {
        IReadOnlyList<Chunk> chunks = new TestMessage(new Random(1), 100_000, TimeProvider.System.GetUtcNow()).Chunks(65_488);
        Assert.Same(chunks, Assert.Single(BatchCutter.Cut(chunks)).Chunks);
    }
}
