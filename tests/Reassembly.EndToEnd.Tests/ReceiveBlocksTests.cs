using Reassembly.Hosting;

namespace Reassembly.EndToEnd.Tests;

public sealed class ReceiveBlocksTests : IDisposable
{
    private readonly ReceiveBlocks _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Large_blocks_have_a_bound_and_beyond_it_small_ones_are_given()
    {
        var rented = Enumerable.Range(0, ReceiveBlocks.MaxBlocks).Select(_ => _pool.Rent(ReceiveBlocks.SmallBytes)).ToList();
        Assert.All(rented, static block => Assert.Equal(ReceiveBlocks.BlockBytes, block.Memory.Length));

        var small = _pool.Rent(ReceiveBlocks.SmallBytes);
        Assert.Equal(ReceiveBlocks.SmallBytes, small.Memory.Length);
        small.Dispose();
        Assert.Same(small, _pool.Rent());
        using var needed = _pool.Rent(ReceiveBlocks.BlockBytes);
        Assert.True(needed.Memory.Length >= ReceiveBlocks.BlockBytes);

        rented.ForEach(static block => block.Dispose());
        using var again = _pool.Rent();
        Assert.Contains(again, rented);
    }

    [Fact]
    public void Of_small_blocks_no_more_are_kept_than_their_bound()
    {
        for (var large = 0; large < ReceiveBlocks.MaxBlocks; large++)
        {
            _ = _pool.Rent();
        }

        // Twice: what was given back and taken again counts no more.
        for (var time = 0; time < 2; time++)
        {
            var rented = Enumerable.Range(0, ReceiveBlocks.MaxSmallKept + 1).Select(_ => _pool.Rent()).ToList();
            rented.ForEach(static block => block.Dispose());
            var again = Enumerable.Range(0, ReceiveBlocks.MaxSmallKept + 1).Select(_ => _pool.Rent()).ToList();
            Assert.Equal(ReceiveBlocks.MaxSmallKept, again.Intersect(rented).Count());
            again.ForEach(static block => block.Dispose());
        }
    }

    [Fact]
    public void More_than_a_block_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(ReceiveBlocks.BlockBytes + 1));

    [Fact]
    public void Every_listener_draws_on_the_same_blocks() => Assert.Same(_pool, _pool.Create(null));
}
