namespace Reassembly.Protocol.Frames;

/// <summary>
/// What a chunk says of itself. On the wire, big-endian (protocol section 2):
/// <code>
///  0       1       2       3       4               8                               24
///  +-------+-------+-------+-------+---------------+-------------------------------+
///  |version| type  | flags | len/4 |   sequence    |          message id           |
///  +-------+-------+-------+-------+---------------+---------------+---------------+
///  24                              32                              40      44      48
///  +-------------------------------+-------------------------------+-------+-------+
///  |            offset             |          total size           | length| crc32c|
///  +-------------------------------+-------------------------------+-------+-------+
/// </code>
/// </summary>
public readonly record struct ChunkHeader
{
    /// <summary>Bytes of a header as this version writes it.</summary>
    public const int Size = 48;

    /// <summary>The header bytes that the checksum covers.</summary>
    public const int ChecksummedBytes = 44;

    /// <summary>The only version.</summary>
    public const byte Version = 1;

    /// <summary>The only frame type.</summary>
    public const byte ChunkType = 1;

    /// <summary>The flag of the chunk that ends its message.</summary>
    public const byte LastFlag = 1;

    /// <summary>The total size of a message whose sender does not know it yet: 2^64 - 1.</summary>
    public const ulong UnknownSize = ulong.MaxValue;

    /// <summary>0, 1, 2, … in the order in which the sender cut the message; told in errors, never used to place bytes.</summary>
    public uint Sequence { get; init; }

    public MessageId Id { get; init; }

    /// <summary>Place of the first payload byte in the message, from 0: the authority.</summary>
    public long Offset { get; init; }

    /// <summary>Size of the whole message in bytes, or <see cref="UnknownSize"/>. A claim: nothing is allocated by it.</summary>
    public ulong TotalSize { get; init; }

    /// <summary>Bytes of payload; equal to what follows the header.</summary>
    public int PayloadLength { get; init; }

    /// <summary>Whether the message ends with this chunk.</summary>
    public bool IsLast { get; init; }

    /// <summary>The place after the last payload byte.</summary>
    public long End => Offset + PayloadLength;
}
