namespace Reassembly.Client.Receiving;

/// <summary>How messages are received. Immutable.</summary>
public sealed record SubscribeOptions
{
    /// <summary>
    /// Messages that may be in hand at once. With more than one, chunks of several messages come interleaved over one connection:
    /// read their bodies at the same time, each in its own task, or keep them below <see cref="BufferBytes"/>. See
    /// <see cref="StallTimeout"/> for what becomes of one that is not read.
    /// </summary>
    /// <value>1</value>
    public int InFlight { get; init; } = 1;

    /// <summary>Whether a payload that was compressed before it was sent is decompressed in <see cref="ReceivedMessage.Body"/>.</summary>
    /// <value><see langword="true"/></value>
    public bool Decompress { get; init; } = true;

    /// <summary>The most bytes that decompression of one payload may make. Guards against a small payload that unpacks to a full disk.</summary>
    /// <value>1 GiB</value>
    public long MaxDecompressedBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Bytes of one message that are kept in memory ahead of its reader; up to one frame more. When they are full, the socket is not
    /// read until half of them are taken, and the server waits.
    /// </summary>
    /// <value>1 MiB</value>
    public int BufferBytes { get; init; } = 1 << 20;

    /// <summary>
    /// How long a full buffer that nobody reads may hold up others: somebody who waits for the bytes of another message or for the next
    /// message. Then the message that is not read is given back to the server, and its body throws
    /// <see cref="Errors.MessageLostException"/>. With one message in flight nobody waits and a pause may take any time.
    /// </summary>
    /// <value>30 s</value>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(InFlight, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxDecompressedBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StallTimeout, TimeSpan.Zero);
    }
}
