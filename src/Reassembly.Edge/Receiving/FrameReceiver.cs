using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Reassembly.Edge.Transport;

namespace Reassembly.Edge.Receiving;

/// <summary>
/// Reads one WebSocket message after the other into pooled arrays. An idle connection holds none. An array grows with what has
/// been received, from the size of this connection's recent messages on, never by what a header claims; and a message that is
/// much smaller than its array moves to a smaller one, because it may wait for the store.
/// </summary>
internal sealed class FrameReceiver(
    WebSocket socket, WebSocketFrameObserver observer, ConnectionBudget budget, DiscardBudget discardBudget, int frameBytes)
{
    private const int FirstGuess = 4096;

    private readonly byte[] _probe = new byte[1];
    private readonly MessageDiscarder _discarder = new(socket, discardBudget, frameBytes);
    private long _messages;
    private int _usualLength = FirstGuess;

    /// <summary>Waits for the next message.</summary>
    /// <exception cref="WebSocketException">The connection was lost, or its framing is broken.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReceivedFrame> ReceiveAsync(CancellationToken cancellationToken)
    {
        var start = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
        if (start.MessageType == WebSocketMessageType.Close)
        {
            return default;
        }

        _messages++;
        if (start.EndOfMessage)
        {
            return new ReceivedFrame { Kind = KindOf(start.MessageType) };
        }

        if (observer.ClaimOf(_messages) is var claim && claim > frameBytes)
        {
            return await _discarder.DiscardTooBigAsync(default, claim);
        }

        var buffer = await budget.RentAsync(Math.Min(_usualLength, frameBytes), cancellationToken);
        return buffer.IsPresent ? await FillAsync(buffer, cancellationToken) : await _discarder.DiscardForWantOfRoomAsync(default);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReceivedFrame> FillAsync(FrameBuffer buffer, CancellationToken cancellationToken)
    {
        var length = 0;
        try
        {
            while (true)
            {
                var capacity = Math.Min(buffer.Array.Length, frameBytes);
                if (length == capacity && capacity < frameBytes)
                {
                    var larger = await budget.RentAsync(Math.Min(capacity * 4, frameBytes), cancellationToken);
                    if (!larger.IsPresent)
                    {
                        return await _discarder.DiscardForWantOfRoomAsync(buffer.Array.AsMemory(0, length));
                    }

                    buffer.Array.AsSpan(0, length).CopyTo(larger.Array);
                    buffer.Release();
                    buffer = larger;
                    continue;
                }

                // A full buffer is not yet too big a message: the last fragment of one may be empty.
                var place = length == capacity ? _probe : buffer.Array.AsMemory(length, capacity - length);
                var result = await socket.ReceiveAsync(place, CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return default;
                }

                length += result.Count;
                if (length > frameBytes)
                {
                    return result.EndOfMessage
                        ? _discarder.WasTooBig(buffer.Array.AsSpan(0, frameBytes), length)
                        : await _discarder.DiscardTooBigAsync(buffer.Array.AsMemory(0, frameBytes), Math.Max(length, observer.ClaimOf(_messages)), length);
                }

                if (result.EndOfMessage)
                {
                    var whole = new ReceivedFrame { Kind = KindOf(result.MessageType), Buffer = Fit(buffer, length), Length = length };
                    buffer = default;
                    return whole;
                }
            }
        }
        finally
        {
            buffer.Release();
        }
    }

    private FrameBuffer Fit(FrameBuffer buffer, int length)
    {
        _usualLength = length >= _usualLength ? length : _usualLength - ((_usualLength - length) / 8);
        if (length > buffer.Array.Length / 2 || buffer.Array.Length <= ConnectionBudget.SmallestCharge || !budget.TryRent(length, out var smaller))
        {
            return buffer;
        }

        buffer.Array.AsSpan(0, length).CopyTo(smaller.Array);
        buffer.Release();
        return smaller;
    }

    private static FrameKind KindOf(WebSocketMessageType type) => type == WebSocketMessageType.Text ? FrameKind.Text : FrameKind.Binary;
}
