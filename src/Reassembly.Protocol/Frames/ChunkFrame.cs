using System.Buffers;
using System.Buffers.Binary;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Integrity;

namespace Reassembly.Protocol.Frames;

/// <summary>Reads and writes binary chunk frames. Reading allocates nothing unless the frame is wrong.</summary>
public static class ChunkFrame
{
    private const int VersionAt = 0;
    private const int TypeAt = 1;
    private const int FlagsAt = 2;
    private const int HeaderLengthAt = 3;
    private const int SequenceAt = 4;
    private const int IdAt = 8;
    private const int OffsetAt = 24;
    private const int TotalSizeAt = 32;
    private const int PayloadLengthAt = 40;
    private const int CrcAt = 44;

    /// <summary>Reads one whole frame that lies in one piece.</summary>
    /// <param name="frame">One WebSocket message, no larger than the receiver's <c>frameBytes</c>; it stays the caller's.</param>
    /// <param name="header">What the chunk says of itself.</param>
    /// <param name="payload">The payload: a slice of <paramref name="frame"/>, valid for as long as that is.</param>
    /// <param name="error">What is wrong: <c>BAD_FRAME</c>, <c>UNKNOWN_TYPE</c> or <c>CRC_MISMATCH</c>.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> frame, out ChunkHeader header, out ReadOnlyMemory<byte> payload, out ProtocolError? error)
    {
        payload = default;
        var bytes = frame.Span;
        if (!TryReadHeader(bytes, bytes.Length, out header, out var headerLength, out error))
        {
            return false;
        }

        var crc = Crc32C.Append(Crc32C.Compute(bytes[..ChunkHeader.ChecksummedBytes]), bytes[headerLength..]);
        if (!CrcMatches(bytes, crc, header, out error))
        {
            return false;
        }

        payload = frame[headerLength..];
        return true;
    }

    /// <summary>Reads one whole frame that may lie in several pieces.</summary>
    /// <inheritdoc cref="TryRead(ReadOnlyMemory{byte}, out ChunkHeader, out ReadOnlyMemory{byte}, out ProtocolError?)"/>
    public static bool TryRead(
        in ReadOnlySequence<byte> frame, out ChunkHeader header, out ReadOnlySequence<byte> payload, out ProtocolError? error)
    {
        payload = default;
        Span<byte> start = stackalloc byte[(int)Math.Min(ChunkHeader.Size, frame.Length)];
        frame.Slice(0, start.Length).CopyTo(start);
        if (!TryReadHeader(start, frame.Length, out header, out var headerLength, out error))
        {
            return false;
        }

        var rest = frame.Slice(headerLength);
        var crc = Crc32C.Compute(start[..ChunkHeader.ChecksummedBytes]);
        foreach (var piece in rest)
        {
            crc = Crc32C.Append(crc, piece.Span);
        }

        if (!CrcMatches(start, crc, header, out error))
        {
            return false;
        }

        payload = rest;
        return true;
    }

    /// <summary>The message id of a frame of which at least the first 24 bytes are there; for errors about frames that are not read whole.</summary>
    public static MessageId? PeekId(ReadOnlySpan<byte> frameStart)
        => frameStart.Length >= OffsetAt && frameStart[VersionAt] == ChunkHeader.Version && frameStart[TypeAt] == ChunkHeader.ChunkType
            ? MessageId.Read(frameStart[IdAt..])
            : null;

    /// <summary>Writes the 48 bytes of a header, checksum included.</summary>
    /// <param name="destination">At least <see cref="ChunkHeader.Size"/> bytes.</param>
    /// <param name="header">Its <see cref="ChunkHeader.PayloadLength"/> must be the length of <paramref name="payload"/>.</param>
    /// <param name="payload">The bytes that will follow; read for the checksum only.</param>
    public static void WriteHeader(Span<byte> destination, in ChunkHeader header, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(header.PayloadLength, payload.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(header.Offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Offset, long.MaxValue - header.PayloadLength);
        WriteChecksummedPart(destination, header);
        var crc = Crc32C.Append(Crc32C.Compute(destination[..ChunkHeader.ChecksummedBytes]), payload);
        BinaryPrimitives.WriteUInt32BigEndian(destination[CrcAt..], crc);
    }

    /// <summary>Writes a whole frame.</summary>
    public static void Write(IBufferWriter<byte> output, in ChunkHeader header, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(output);
        var destination = output.GetSpan(ChunkHeader.Size + payload.Length);
        WriteHeader(destination, header, payload);
        payload.CopyTo(destination[ChunkHeader.Size..]);
        output.Advance(ChunkHeader.Size + payload.Length);
    }

    /// <summary>The checksum that a frame with this header and payload carries.</summary>
    public static uint ComputeCrc(in ChunkHeader header, ReadOnlySpan<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[ChunkHeader.Size];
        WriteChecksummedPart(bytes, header);
        return Crc32C.Append(Crc32C.Compute(bytes[..ChunkHeader.ChecksummedBytes]), payload);
    }

    private static void WriteChecksummedPart(Span<byte> destination, in ChunkHeader header)
    {
        destination[VersionAt] = ChunkHeader.Version;
        destination[TypeAt] = ChunkHeader.ChunkType;
        destination[FlagsAt] = header.IsLast ? ChunkHeader.LastFlag : (byte)0;
        destination[HeaderLengthAt] = ChunkHeader.Size / 4;
        BinaryPrimitives.WriteUInt32BigEndian(destination[SequenceAt..], header.Sequence);
        header.Id.Write(destination[IdAt..]);
        BinaryPrimitives.WriteInt64BigEndian(destination[OffsetAt..], header.Offset);
        BinaryPrimitives.WriteUInt64BigEndian(destination[TotalSizeAt..], header.TotalSize);
        BinaryPrimitives.WriteUInt32BigEndian(destination[PayloadLengthAt..], (uint)header.PayloadLength);
    }

    private static bool TryReadHeader(
        ReadOnlySpan<byte> start, long frameLength, out ChunkHeader header, out int headerLength, out ProtocolError? error)
    {
        header = default;
        headerLength = 0;
        if (start.Length < ChunkHeader.Size)
        {
            error = BadFrame(null, $"a chunk frame is at least {ChunkHeader.Size} bytes long, this one has {frameLength}");
            return false;
        }

        if (start[VersionAt] != ChunkHeader.Version)
        {
            error = BadFrame(null, $"frame version {start[VersionAt]} is not known, send version {ChunkHeader.Version}");
            return false;
        }

        if (start[TypeAt] != ChunkHeader.ChunkType)
        {
            error = new ProtocolError(
                ErrorCode.UnknownType, ErrorScope.Frame, $"frame type {start[TypeAt]} is not known, send type {ChunkHeader.ChunkType} (chunk)");
            return false;
        }

        var id = MessageId.Read(start[IdAt..]);
        if ((start[FlagsAt] & ~ChunkHeader.LastFlag) != 0)
        {
            error = BadFrame(id, $"flags 0x{start[FlagsAt]:x2} are not known, only bit 0 (LAST) may be set");
            return false;
        }

        headerLength = start[HeaderLengthAt] * 4;
        if (headerLength < ChunkHeader.Size || headerLength > frameLength)
        {
            error = BadFrame(id, $"a header of {headerLength} bytes does not fit: at least {ChunkHeader.Size} and at most the {frameLength} bytes of the frame");
            return false;
        }

        var payloadLength = BinaryPrimitives.ReadUInt32BigEndian(start[PayloadLengthAt..]);
        if (payloadLength != frameLength - headerLength)
        {
            error = BadFrame(id, $"the header says {payloadLength} bytes of payload, {frameLength - headerLength} follow it");
            return false;
        }

        var offset = BinaryPrimitives.ReadUInt64BigEndian(start[OffsetAt..]);
        if (offset > long.MaxValue - (ulong)payloadLength)
        {
            error = BadFrame(id, $"offset {offset} and {payloadLength} bytes end beyond 2^63 - 1");
            return false;
        }

        header = new ChunkHeader
        {
            Sequence = BinaryPrimitives.ReadUInt32BigEndian(start[SequenceAt..]),
            Id = id,
            Offset = (long)offset,
            TotalSize = BinaryPrimitives.ReadUInt64BigEndian(start[TotalSizeAt..]),
            PayloadLength = (int)payloadLength,
            IsLast = (start[FlagsAt] & ChunkHeader.LastFlag) != 0,
        };
        error = null;
        return true;
    }

    private static bool CrcMatches(ReadOnlySpan<byte> start, uint actual, in ChunkHeader header, out ProtocolError? error)
    {
        var announced = BinaryPrimitives.ReadUInt32BigEndian(start[CrcAt..]);
        error = announced == actual ? null : CrcMismatch(header, announced, actual);
        return error is null;
    }

    internal static ProtocolError CrcMismatch(in ChunkHeader header, uint announced, uint actual)
        => new(
            ErrorCode.CrcMismatch,
            ErrorScope.Message,
            $"chunk {header.Sequence} at offset {header.Offset} says CRC-32C {announced:x8} and has {actual:x8}: send it again")
        {
            Id = header.Id,
            Retryable = true,
        };

    private static ProtocolError BadFrame(MessageId? id, string message) => new(ErrorCode.BadFrame, ErrorScope.Frame, message) { Id = id };
}
