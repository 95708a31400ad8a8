namespace Reassembly.Protocol;

/// <summary>The limits a server announces in <c>welcome</c> (protocol section 4). Sizes in bytes, times in seconds.</summary>
public sealed record ProtocolLimits
{
    /// <summary>Largest WebSocket message in bytes, header included.</summary>
    /// <value>65,536: the lowest default that common proxies let through.</value>
    public int FrameBytes { get; init; } = 65_536;

    /// <summary>Largest payload of one binary chunk in bytes: <see cref="FrameBytes"/> less the header.</summary>
    public int ChunkBytes => FrameBytes - Frames.ChunkHeader.Size;

    /// <summary>Smallest payload of a chunk that is not the last of its message, in bytes.</summary>
    /// <value>1,024</value>
    public int MinChunkBytes { get; init; } = 1024;

    /// <summary>Largest message in bytes.</summary>
    /// <value>1 GiB</value>
    public long MessageBytes { get; init; } = 1L << 30;

    /// <summary>Messages that may be open at once.</summary>
    /// <value>1,024</value>
    public int OpenMessages { get; init; } = 1024;

    /// <summary>Bytes of one message that may be on their way beyond its durable prefix.</summary>
    /// <value>8 MiB</value>
    public long WindowBytes { get; init; } = 8L << 20;

    /// <summary>Seconds without a chunk or an <c>open</c> after which an open message expires.</summary>
    /// <value>60</value>
    public int IdleSeconds { get; init; } = 60;

    /// <summary>Seconds from the first sign of a message after which it expires whatever arrives.</summary>
    /// <value>3,600</value>
    public int MessageSeconds { get; init; } = 3600;

    /// <summary>Seconds for which an outcome answers every repeat.</summary>
    /// <value>3,600</value>
    public int RetentionSeconds { get; init; } = 3600;
}
