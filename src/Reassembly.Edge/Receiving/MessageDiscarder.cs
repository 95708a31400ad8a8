using System.Buffers;
using System.Net.WebSockets;
using Reassembly.Protocol.Frames;

namespace Reassembly.Edge.Receiving;

/// <summary>Reads what is left of a message into a small array and throws it away.</summary>
/// <param name="socket">Where it comes from.</param>
/// <param name="budget">Pays for messages above <paramref name="freeBytes"/>, with all their bytes.</param>
/// <param name="freeBytes">A message of up to so many bytes costs nothing to throw away.</param>
internal sealed class MessageDiscarder(WebSocket socket, DiscardBudget budget, long freeBytes)
{
    private const int ScratchBytes = 4096;

    /// <summary>Throws the rest of a message above <c>frameBytes</c> away, if the budget for that allows it.</summary>
    /// <param name="start">The first bytes of the message, where they were read already.</param>
    /// <param name="claimed">How long the message is at least.</param>
    /// <param name="read">Bytes of it that were read already.</param>
    public async ValueTask<ReceivedFrame> DiscardTooBigAsync(ReadOnlyMemory<byte> start, long claimed, long read = 0)
    {
        if (!budget.TryTake(claimed))
        {
            return new ReceivedFrame { Kind = FrameKind.FarTooBig, Length = claimed, Id = ChunkFrame.PeekId(start.Span) };
        }

        return await DiscardAsync(FrameKind.TooBig, start, read, paid: claimed);
    }

    /// <summary>The same for a message whose last byte has been read.</summary>
    public ReceivedFrame WasTooBig(ReadOnlySpan<byte> start, long length) => new()
    {
        Kind = budget.TryTake(length) ? FrameKind.TooBig : FrameKind.FarTooBig,
        Length = length,
        Id = ChunkFrame.PeekId(start),
    };

    /// <summary>Throws the rest of a message away that there was no memory for.</summary>
    /// <param name="start">The bytes of it that were read already.</param>
    public ValueTask<ReceivedFrame> DiscardForWantOfRoomAsync(ReadOnlyMemory<byte> start)
        => DiscardAsync(FrameKind.NoRoom, start, start.Length, paid: 0);

    /// <summary>Reads until the peer's close frame, or until so many bytes have come.</summary>
    /// <returns>Whether the close frame came.</returns>
    public async ValueTask<bool> DiscardAllAsync(long atMost)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        try
        {
            for (var read = 0L; read <= atMost;)
            {
                var result = await socket.ReceiveAsync(scratch.AsMemory(), CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return true;
                }

                read += result.Count;
            }

            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private async ValueTask<ReceivedFrame> DiscardAsync(FrameKind kind, ReadOnlyMemory<byte> start, long read, long paid)
    {
        var id = ChunkFrame.PeekId(start.Span);
        var scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(scratch.AsMemory(), CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return default;
                }

                id ??= read == 0 && result.MessageType == WebSocketMessageType.Binary ? ChunkFrame.PeekId(scratch.AsSpan(0, result.Count)) : null;
                read += result.Count;
                if (read > freeBytes)
                {
                    kind = FrameKind.TooBig;
                    if (read > paid && !budget.TryTake(read - paid))
                    {
                        return new ReceivedFrame { Kind = FrameKind.FarTooBig, Length = read, Id = id };
                    }

                    paid = Math.Max(paid, read);
                }

                if (result.EndOfMessage)
                {
                    return new ReceivedFrame { Kind = kind, Length = read, Id = id };
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
