using Reassembly.Protocol;

namespace Reassembly.Edge.Receiving;

/// <summary>What came of waiting for the next WebSocket message.</summary>
internal enum FrameKind
{
    /// <summary>The peer sent its close frame.</summary>
    Closed = 0,

    /// <summary>A whole text message.</summary>
    Text,

    /// <summary>A whole binary message.</summary>
    Binary,

    /// <summary>Above <c>frameBytes</c>; read to its end and thrown away.</summary>
    TooBig,

    /// <summary>Above <c>frameBytes</c> and above what may be thrown away: it is not read to its end.</summary>
    FarTooBig,

    /// <summary>There was no memory for it; read to its end and thrown away.</summary>
    NoRoom,
}

/// <summary>The next WebSocket message. Whoever takes it owns <see cref="Buffer"/>.</summary>
internal readonly struct ReceivedFrame
{
    public FrameKind Kind { get; init; }

    /// <summary>Holds the bytes of a whole message; absent for an empty one.</summary>
    public FrameBuffer Buffer { get; init; }

    /// <summary>Bytes of the message; what came or was claimed of one that is too big.</summary>
    public long Length { get; init; }

    /// <summary>The message id in a chunk that was thrown away, where its first bytes told it.</summary>
    public MessageId? Id { get; init; }

    public ReadOnlyMemory<byte> Bytes => Length == 0 ? default : Buffer.Array.AsMemory(0, (int)Length);
}
