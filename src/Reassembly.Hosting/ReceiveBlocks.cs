using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Reassembly.Hosting;

/// <summary>
/// The memory that Kestrel receives into and sends from: blocks of <see cref="BlockBytes"/>, where its own have 4 KiB and to receive a
/// chunk of 64 KiB takes sixteen calls to the system. At most <see cref="MaxBlocks"/> of them are ever made, and kept; while all are in
/// use, connections get blocks of the usual size, so that many that send little cannot take much.
/// </summary>
internal sealed class ReceiveBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    /// <summary>Bytes of a large block.</summary>
    internal const int BlockBytes = 32 * 1024;

    /// <summary>Large blocks of the process: 8 MiB.</summary>
    internal const int MaxBlocks = 256;

    /// <summary>Bytes of a block while all large ones are in use.</summary>
    internal const int SmallBytes = 4 * 1024;

    /// <summary>Small blocks kept for the next connections: 16 MiB.</summary>
    internal const int MaxSmallKept = 4096;

    private readonly ConcurrentQueue<Block> _free = new();
    private readonly ConcurrentQueue<Block> _freeSmall = new();
    private int _made;
    private int _smallKept;

    public override int MaxBufferSize => BlockBytes;

    /// <summary>This pool: the bound is the process's, whatever it listens on.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options) => this;

    /// <summary>A block of at least that size, and often of more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is more than <see cref="MaxBufferSize"/>.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (_free.TryDequeue(out var block))
        {
            return block;
        }

        if (Volatile.Read(ref _made) < MaxBlocks && Interlocked.Increment(ref _made) <= MaxBlocks)
        {
            return new Block(this, BlockBytes);
        }

        if (minBufferSize > SmallBytes)
        {
            return Shared.Rent(minBufferSize);
        }

        if (_freeSmall.TryDequeue(out var small))
        {
            Interlocked.Decrement(ref _smallKept);
            return small;
        }

        return new Block(this, SmallBytes);
    }

    protected override void Dispose(bool disposing)
    {
        // A listener that closes is not the last one; the blocks go with the process.
    }

    private void GiveBack(Block block)
    {
        if (block.Memory.Length == BlockBytes)
        {
            _free.Enqueue(block);
        }
        else if (Interlocked.Increment(ref _smallKept) <= MaxSmallKept)
        {
            _freeSmall.Enqueue(block);
        }
        else
        {
            Interlocked.Decrement(ref _smallKept);
        }
    }

    private sealed class Block(ReceiveBlocks pool, int bytes) : IMemoryOwner<byte>
    {
        // Pinned for good, as the blocks of Kestrel are: the system writes into it.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

        public Memory<byte> Memory => _bytes;

        public void Dispose() => pool.GiveBack(this);
    }
}
