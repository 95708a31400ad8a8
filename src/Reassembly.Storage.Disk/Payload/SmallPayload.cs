using System.Buffers;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>
/// A payload that comes whole with the write that commits it, and is so small that a file would cost more than its bytes: made, flushed, and flushed again with
/// its folder. It lies in the catalogue, beside its row, and is durable with it.
/// </summary>
internal static class SmallPayload
{
    /// <summary>The most bytes that lie in the catalogue: a page of it, as beyond that its copies in the write-ahead log cost what a file does.</summary>
    public const int MaxBytes = 4096;

    /// <summary>That the payload of the row of <c>message</c> lies here.</summary>
    public const string IsHere = "EXISTS (SELECT 1 FROM small_payload WHERE small_payload.committed = message.committed)";

    /// <param name="write">What is written.</param>
    /// <param name="hasFile">Whether bytes of the message are durable already.</param>
    public static bool Takes(MessageWrite write, bool hasFile)
        => !hasFile && write.Record is { Outcome.State: OutcomeState.Committed, Size: > 0 and <= MaxBytes } && IsWhole(write.Segments, write.Record.Size.Value);

    /// <returns>The bytes of a write that this takes: the caller's segment, or a copy where there are several.</returns>
    public static ReadOnlyMemory<byte> BytesOf(MessageWrite write)
    {
        if (write.Segments.Count == 1)
        {
            return write.Segments[0].Bytes;
        }

        var whole = new ArrayBufferWriter<byte>((int)write.Record.Size!.Value);
        foreach (var segment in write.Segments)
        {
            whole.Write(segment.Bytes.Span);
        }

        return whole.WrittenMemory;
    }

    private static bool IsWhole(IReadOnlyList<Segment> segments, long size)
    {
        var end = 0L;
        for (var index = 0; index < segments.Count; index++)
        {
            if (segments[index].Offset != end)
            {
                return false;
            }

            end += segments[index].Bytes.Length;
        }

        return end == size;
    }
}
