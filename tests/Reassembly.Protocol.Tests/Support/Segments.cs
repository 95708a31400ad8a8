using System.Buffers;

namespace Reassembly.Protocol.Tests.Support;

/// <summary>The same bytes in several pieces.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>Two pieces; either may be empty.</summary>
    public static ReadOnlySequence<byte> SplitAt(ReadOnlyMemory<byte> bytes, int at) => Join([bytes[..at], bytes[at..]]);

    /// <summary>Pieces of <paramref name="size"/> bytes.</summary>
    public static ReadOnlySequence<byte> Every(ReadOnlyMemory<byte> bytes, int size)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < bytes.Length; at += size)
        {
            pieces.Add(bytes.Slice(at, Math.Min(size, bytes.Length - at)));
        }

        return Join(pieces);
    }

    private static ReadOnlySequence<byte> Join(List<ReadOnlyMemory<byte>> pieces)
    {
        if (pieces.Count == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        var first = new Segments(pieces[0], 0);
        var last = first;
        foreach (var piece in pieces.Skip(1))
        {
            var next = new Segments(piece, last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
