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
    private readonly Action<int> _wentOut;
    private readonly int _frameBytes;
    private readonly TimeSpan _patience;

    /// <param name="outbound">Where to.</param>
    /// <param name="wentOut">Told of each frame that went out, with its bytes.</param>
    /// <param name="frameBytes">Most bytes of a frame: what is between lets no more through in the other direction, either.</param>
    /// <param name="patience">How long a frame may take to go out.</param>
    public PayloadSender(OutboundQueue outbound, Action<int> wentOut, int frameBytes, TimeSpan patience)
    {
        _outbound = outbound;
        _wentOut = wentOut;
        _frameBytes = frameBytes;
        _patience = patience;
        _turn.Writer.TryWrite(true);
    }

    /// <summary>Sends until the last byte went out, or an answer makes the rest idle. The <c>message</c> is in line before the first wait.</summary>
    /// <returns>False when the connection takes no more.</returns>
    /// <exception cref="DeliveryRefusedException">The description does not fit into what the subscriber takes.</exception>
    /// <exception cref="InvalidDataException">The stored bytes are not those that were committed: the last of them are not sent.</exception>
    /// <exception cref="StoreException">The bytes cannot be read.</exception>
    public async Task<bool> SendAsync(CommittedPayload payload, Handover handover)
    {
        var described = _outbound.SendWholeAsync(PayloadDescription.Of(payload), _patience);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var source = payload.OpenRead();
        var offset = 0L;
        for (var sequence = 0u; ;)
        {
            await _turn.Reader.ReadAsync();
            try
            {
                if (handover.Answered.IsCompleted)
                {
                    return true;
                }

                var (length, frames) = await SendChunkAsync(payload, handover, source, offset, sequence, digest, described);
                if (frames == 0)
                {
                    return false;
                }

                offset += length;
                sequence += frames;
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

    /// <returns>Payload bytes that went out, and in how many frames: none when the connection takes no more.</returns>
    private async ValueTask<(int Length, uint Frames)> SendChunkAsync(
        CommittedPayload payload, Handover handover, Stream source, long offset, uint sequence, IncrementalHash digest, Task<FrameEnd> described)
    {
        var length = (int)Math.Min(Room, payload.Size - offset);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkHeader.Size + length);
        try
        {
            var bytes = buffer.AsMemory(ChunkHeader.Size, length);
            await source.ReadExactlyAsync(bytes);
            digest.AppendData(bytes.Span);
            if (offset + length == payload.Size && Convert.ToHexStringLower(digest.GetHashAndReset()) != payload.Sha256)
            {
                throw new InvalidDataException($"the stored bytes of message {payload.Id} are not those that were committed");
            }

            var end = await described;
            if (end == FrameEnd.TooBig)
            {
                throw new DeliveryRefusedException(
                    $"the description of message {payload.Id} does not fit into the {_outbound.ReceiveFrameBytes} bytes that its subscriber takes at once");
            }

            return (length, end == FrameEnd.Sent ? await SendPiecesAsync(payload, handover, buffer, length, offset, sequence) : 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Sends what was read as one frame, or as several where the subscriber said meanwhile that it takes less. A header is written over the end of
    /// the piece before, which went out.
    /// </summary>
    /// <returns>How many frames went out; none when the connection takes no more.</returns>
    private async ValueTask<uint> SendPiecesAsync(CommittedPayload payload, Handover handover, byte[] buffer, int length, long offset, uint sequence)
    {
        var frames = 0u;
        var sent = 0;
        do
        {
            var piece = Math.Min(Room, length - sent);
            var header = new ChunkHeader
            {
                Id = payload.Id,
                Sequence = sequence + frames,
                Offset = offset + sent,
                PayloadLength = piece,
                TotalSize = (ulong)payload.Size,
                IsLast = offset + sent + piece == payload.Size,
            };
            var frame = buffer.AsMemory(sent, ChunkHeader.Size + piece);
            ChunkFrame.WriteHeader(frame.Span, header, frame.Span[ChunkHeader.Size..]);

            // Before the frame goes out: the answer may be here before this call returns.
            handover.IsSentWhole = header.IsLast;
            switch (await _outbound.SendFrameAsync(frame, _patience))
            {
                case FrameEnd.Sent:
                    _wentOut(frame.Length);
                    frames++;
                    sent += piece;
                    break;
                case FrameEnd.Over:
                    return 0;
                default:
                    handover.IsSentWhole = false;
                    break;
            }
        }
        while (sent < length);
        return frames;
    }

    /// <summary>Payload bytes that fit into a frame by now.</summary>
    private int Room => Math.Min(_outbound.ReceiveFrameBytes, _frameBytes) - ChunkHeader.Size;
}
