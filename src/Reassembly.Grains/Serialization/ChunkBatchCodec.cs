using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;
using Reassembly.Core.Routing;
using Reassembly.Protocol;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Integrity;

namespace Reassembly.Grains.Serialization;

/// <summary>
/// A batch between two silos, little-endian:
/// <code>
///  length (varint) | message id 16 | chunks 4 | per chunk: header 32 | payloads, one behind the other
///
///  header:  0       4               12              20      24      28      32
///           +-------+---------------+---------------+-------+-------+-------+
///           | seq.  |    offset     |  total size   |length | flags |crc32c |
///           +-------+---------------+---------------+-------+-------+-------+
/// </code>
/// The payload is copied once on each side: into the connection's buffer, and out of it into one rented array. The checksum covers id,
/// count, the header before it and the payload; it stands for the one that the edge has checked, so that no hop of a chunk is without.
/// A withdrawn batch has length 0.
/// </summary>
[RegisterSerializer]
internal sealed class ChunkBatchCodec : IFieldCodec<ChunkBatch>
{
    private const int PreambleBytes = MessageId.Size + sizeof(int);
    private const int HeaderBytes = 32;
    private const int ChecksummedBytes = 28;
    private const uint LastFlag = 1;

    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, [AllowNull] Type expectedType, [AllowNull] ChunkBatch value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
        {
            return;
        }

        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(ChunkBatch), WireType.LengthPrefixed);
        if (!value.TryEnter())
        {
            writer.WriteVarUInt32(0);
            return;
        }

        try
        {
            Write(ref writer, value.Chunks);
        }
        finally
        {
            value.Exit();
        }
    }

    [return: MaybeNull]
    public ChunkBatch ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
        {
            return ReferenceCodec.ReadReference<ChunkBatch, TInput>(ref reader, field);
        }

        field.EnsureWireType(WireType.LengthPrefixed);
        var length = reader.ReadVarUInt32();
        reader.EnsureAvailable(length);
        var batch = length == 0 ? ChunkBatch.Withdrawn : Read(ref reader, checked((int)length));
        ReferenceCodec.RecordObject(reader.Session, batch);
        return batch;
    }

    private static void Write<TBufferWriter>(ref Writer<TBufferWriter> writer, IReadOnlyList<Chunk> chunks)
        where TBufferWriter : IBufferWriter<byte>
    {
        var length = (long)PreambleBytes;
        for (var index = 0; index < chunks.Count; index++)
        {
            length += HeaderBytes + chunks[index].Payload.Length;
        }

        writer.WriteVarUInt32(checked((uint)length));
        Span<byte> preamble = stackalloc byte[PreambleBytes];
        chunks[0].Header.Id.Write(preamble);
        BinaryPrimitives.WriteInt32LittleEndian(preamble[MessageId.Size..], chunks.Count);
        writer.Write(preamble);
        var preambleChecksum = Crc32C.Compute(preamble);
        Span<byte> header = stackalloc byte[HeaderBytes];
        for (var index = 0; index < chunks.Count; index++)
        {
            WriteHeader(header, preambleChecksum, chunks[index]);
            writer.Write(header);
        }

        for (var index = 0; index < chunks.Count; index++)
        {
            writer.Write(chunks[index].Payload.Span);
        }
    }

    private static void WriteHeader(Span<byte> header, uint preambleChecksum, in Chunk chunk)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, chunk.Header.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(header[4..], chunk.Header.Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[12..], chunk.Header.TotalSize);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], chunk.Payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], chunk.Header.IsLast ? LastFlag : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ChecksummedBytes..], Checksum(preambleChecksum, header, chunk.Payload.Span));
    }

    private static ChunkBatch Read<TInput>(ref Reader<TInput> reader, int length)
    {
        // The length is that of bytes which are here already: the reader has seen them.
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            reader.ReadBytes(rented.AsSpan(0, length));
            return ChunkBatch.Receive(Parse(rented.AsMemory(0, length)), rented);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    private static Chunk[] Parse(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        Require(span.Length >= PreambleBytes);
        var id = MessageId.Read(span);
        var count = BinaryPrimitives.ReadInt32LittleEndian(span[MessageId.Size..]);
        Require(count > 0 && (span.Length - PreambleBytes) / HeaderBytes >= count);
        var preambleChecksum = Crc32C.Compute(span[..PreambleBytes]);
        var chunks = new Chunk[count];
        var payload = bytes[(PreambleBytes + (count * HeaderBytes))..];
        for (var index = 0; index < count; index++)
        {
            var header = span.Slice(PreambleBytes + (index * HeaderBytes), HeaderBytes);
            var length = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
            Require(length >= 0 && length <= payload.Length);
            Require(BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksummedBytes..]) == Checksum(preambleChecksum, header, payload.Span[..length]));
            chunks[index] = new Chunk(
                new ChunkHeader
                {
                    Id = id,
                    Sequence = BinaryPrimitives.ReadUInt32LittleEndian(header),
                    Offset = BinaryPrimitives.ReadInt64LittleEndian(header[4..]),
                    TotalSize = BinaryPrimitives.ReadUInt64LittleEndian(header[12..]),
                    PayloadLength = length,
                    IsLast = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]) == LastFlag,
                },
                payload[..length]);
            payload = payload[length..];
        }

        Require(payload.IsEmpty);
        return chunks;
    }

    private static uint Checksum(uint preambleChecksum, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
        => Crc32C.Append(Crc32C.Append(preambleChecksum, header[..ChecksummedBytes]), payload);

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new InvalidDataException("Chunks arrived damaged from another node: the connection between the two alters bytes.");
        }
    }
}

/// <summary>The same batch on the same silo: its use count guards it.</summary>
[RegisterCopier]
internal sealed class ChunkBatchCopier : ShallowCopier<ChunkBatch>;
