using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Protocol.Frames;

namespace Reassembly.Benchmarks.Load;

/// <summary>Makes the frames of one message, one at a time and in place: the same random payload in each, headers and checksums as they must be.</summary>
internal sealed class FrameSource
{
    private readonly byte[] _frame;
    private readonly int _chunkBytes;

    public FrameSource(int frameBytes)
    {
        _frame = new byte[frameBytes];
        _chunkBytes = frameBytes - ChunkHeader.Size;
        RandomNumberGenerator.Fill(_frame.AsSpan(ChunkHeader.Size));
    }

    public int ChunkBytes => _chunkBytes;

    /// <summary>The frame at an offset of a message that is this payload; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Frame(MessageId id, long offset, ReadOnlySpan<byte> payload)
    {
        payload.Slice((int)offset, (int)Math.Min(_chunkBytes, payload.Length - offset)).CopyTo(_frame.AsSpan(ChunkHeader.Size));
        return Frame(id, offset, payload.Length);
    }

    /// <summary>The frame at an offset of a message; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Frame(MessageId id, long offset, long size)
    {
        var length = (int)Math.Min(_chunkBytes, size - offset);
        var header = new ChunkHeader
        {
            Id = id,
            Sequence = (uint)(offset / _chunkBytes),
            Offset = offset,
            TotalSize = (ulong)size,
            PayloadLength = length,
            IsLast = offset + length == size,
        };
        ChunkFrame.WriteHeader(_frame, header, _frame.AsSpan(ChunkHeader.Size, length));
        return _frame.AsMemory(0, ChunkHeader.Size + length);
    }
}
