using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Load;

/// <summary>One connection that sends messages to channels, one after the other.</summary>
internal sealed class ChannelSender : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Peer _peer;
    private long _heardAt;

    private ChannelSender(Peer peer)
    {
        _peer = peer;
        _peer.Heard = _ => _heardAt = TimeProvider.System.GetTimestamp();
    }

    public static async Task<ChannelSender> OpenAsync(Uri node) => new(await Peer.ConnectAsync(node, Patience));

    /// <summary>Sends a whole message and waits until it is committed.</summary>
    public async Task<Commit> SendAsync(MessageId id, string channel, ReadOnlyMemory<byte> payload)
    {
        await _peer.SendAsync(new OpenMessage { Id = id, Channel = channel, Size = payload.Length });
        var chunkBytes = _peer.Welcome.Limits.ChunkBytes;
        var lastSentAt = 0L;
        for (var (offset, sequence) = (0, 0u); offset < payload.Length; offset += chunkBytes, sequence++)
        {
            var part = payload.Slice(offset, Math.Min(chunkBytes, payload.Length - offset));
            var frame = Peer.Chunk(id, offset, part.Span, last: offset + part.Length == payload.Length, total: (ulong)payload.Length, sequence);
            lastSentAt = TimeProvider.System.GetTimestamp();
            await _peer.SendAsync(frame);
        }

        var outcome = await _peer.OutcomeAsync(id);
        return outcome.State == OutcomeState.Committed
            ? new Commit(lastSentAt, _heardAt)
            : throw new InvalidOperationException($"message {id} ended as {outcome}");
    }

    public void Dispose() => _peer.Dispose();

    /// <summary>When a message was committed, in timestamps of <see cref="TimeProvider.System"/>: between these two.</summary>
    /// <param name="LastSentAt">The sender began to send its last chunk.</param>
    /// <param name="HeardAt">The sender had read its outcome.</param>
    internal readonly record struct Commit(long LastSentAt, long HeardAt);
}
