using System.Buffers;
using Reassembly.Core.Routing;
using Reassembly.Grains.Serialization;
using Reassembly.Testing;

namespace Reassembly.Grains.Tests.Serialization;

public sealed class ChunkBatchTests
{
    private static readonly List<Chunk> Chunks = new TestMessage(new Random(1), 100, TimeProvider.System.GetUtcNow()).Chunks(40);

    [Fact]
    public void A_closed_batch_lets_nobody_in()
    {
        var batch = ChunkBatch.Lend(Chunks);
        Assert.True(batch.CloseAsync().IsCompletedSuccessfully);
        Assert.False(batch.TryEnter());
    }

    [Fact]
    public void Closing_waits_for_the_last_of_those_inside()
    {
        var batch = ChunkBatch.Lend(Chunks);
        Assert.True(batch.TryEnter());
        Assert.True(batch.TryEnter());
        var closing = batch.CloseAsync();
        batch.Exit();
        Assert.False(closing.IsCompleted);
        Assert.False(batch.TryEnter());
        batch.Exit();
        Assert.True(closing.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_lent_batch_can_be_entered_again_until_its_owner_closes_it()
    {
        var batch = ChunkBatch.Lend(Chunks);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.True(batch.TryEnter());
            batch.Exit();
        }
    }

    [Fact]
    public void A_received_batch_serves_one_visit_and_gives_its_memory_back()
    {
        // On one thread the pool hands out first what came back last.
        var rented = ArrayPool<byte>.Shared.Rent(100_000);
        var batch = ChunkBatch.Receive(Chunks, rented);
        Assert.True(batch.TryEnter());
        batch.Exit();
        Assert.False(batch.TryEnter());
        Assert.Same(rented, ArrayPool<byte>.Shared.Rent(100_000));
    }

    [Fact]
    public void The_withdrawn_batch_lets_nobody_in() => Assert.False(ChunkBatch.Withdrawn.TryEnter());
}
