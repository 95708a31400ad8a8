using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Edge.Sending;
using Reassembly.Protocol.Frames;

namespace Reassembly.Edge.Subscriptions;

/// <summary>
/// Streams payloads to one connection as a <c>message</c> and chunks that fit its <c>receiveFrameBytes</c>. One chunk of a connection is in memory at
/// a time, whatever is on its way to it; several messages take turns.
/// </summary>
internal sealed class PayloadSender
{
    // Holds one turn. Nothing ends the wait for it: who waits when the connection ends gets it, and finds out.
    private readonly Channel<bool> _turn = Channel.CreateBounded<bool>(1);
    private readonly OutboundQueue _outbound;
    private readonly int _frameBytes;
    private readonly TimeSpan _patience;

    /// <param name="outbound">Where to.</param>
    /// <param name="frameBytes">Most bytes of a frame: what is between lets no more through in the other direction, either.</param>
    /// <param name="patience">How long a frame may take to go out.</param>
    public PayloadSender(OutboundQueue outbound, int frameBytes, TimeSpan patience)
    {
        _outbound = outbound;
        _frameBytes = frameBytes;
        _patience = patience;
        _turn.Writer.TryWrite(true);
    }

    /// <summary>Sends until the last byte went out, or an answer makes the rest idle.</summary>
    /// <returns>False when the connection takes no more.</returns>
    /// <exception cref="DeliveryRefusedException">The description does not fit into what the subscriber takes.</exception>
    /// <exception cref="InvalidDataException">The stored bytes are not those that were committed: the last of them are not sent.</exception>
    /// <exception cref="StoreException">The bytes cannot be read.</exception>
    public async Task<bool> SendAsync(CommittedPayload payload, Handover handover)
    {
        if (!await _outbound.TryPostWholeAsync(PayloadDescription.Of(payload)))
        {
            throw new DeliveryRefusedException($"the description of message {payload.Id} does not fit into the {_outbound.ReceiveFrameBytes} bytes that its subscriber takes at once");
        }

        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var source = payload.OpenRead();
        var offset = 0L;
        for (var sequence = 0u; ; sequence++)
        {
            await _turn.Reader.ReadAsync();
            try
            {
                if (handover.Answered.IsCompleted)
                {
                    return true;
                }

                var length = await SendChunkAsync(payload, handover, source, offset, sequence, digest);
                if (length < 0)
                {
                    return false;
                }

                offset += length;
            }
            finally
            {
                _turn.Writer.TryWrite(true);
            }

            if (offset == payload.Size)
            {
                return true;
            }
        }
    }

    /// <returns>Payload bytes that went out; -1 when the connection takes no more.</returns>
    private async ValueTask<int> SendChunkAsync(CommittedPayload payload, Handover handover, Stream source, long offset, uint sequence, IncrementalHash digest)
    {
        var room = Math.Min(_outbound.ReceiveFrameBytes, _frameBytes) - ChunkHeader.Size;
        var length = (int)Math.Min(room, payload.Size - offset);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkHeader.Size + length);
        try
        {
            var bytes = buffer.AsMemory(ChunkHeader.Size, length);
            await source.ReadExactlyAsync(bytes);
            digest.AppendData(bytes.Span);
            var isLast = offset + length == payload.Size;
            if (isLast && Convert.ToHexStringLower(digest.GetHashAndReset()) != payload.Sha256)
            {
                throw new InvalidDataException($"the stored bytes of message {payload.Id} are not those that were committed");
            }

            var header = new ChunkHeader
            {
                Id = payload.Id,
                Sequence = sequence,
                Offset = offset,
                PayloadLength = length,
                TotalSize = (ulong)payload.Size,
                IsLast = isLast,
            };
            ChunkFrame.WriteHeader(buffer, header, bytes.Span);

            // Before the frame goes out: the answer may be here before this call returns.
            handover.IsSentWhole = isLast;
            return await _outbound.SendFrameAsync(buffer.AsMemory(0, ChunkHeader.Size + length), _patience) ? length : -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
