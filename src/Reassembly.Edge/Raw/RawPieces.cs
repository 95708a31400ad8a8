using System.Net.WebSockets;
using Reassembly.Edge.Receiving;

namespace Reassembly.Edge.Raw;

/// <summary>Cuts what comes in on a raw WebSocket into pieces of one size; only the last of a message is shorter.</summary>
internal sealed class RawPieces(WebSocket socket, ConnectionBudget budget, int pieceBytes)
{
    private const int FirstGuess = 4096;

    /// <summary>Reads the next piece of the current message.</summary>
    /// <param name="isFirst">Whether nothing is known yet of how long the message will be: then the array starts small.</param>
    /// <param name="cancellationToken">Ends the wait for memory.</param>
    public async ValueTask<RawPiece> ReadAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var buffer = await budget.RentAsync(isFirst ? Math.Min(FirstGuess, pieceBytes) : pieceBytes, cancellationToken);
        var length = 0;
        try
        {
            while (buffer.IsPresent)
            {
                var capacity = Math.Min(buffer.Array.Length, pieceBytes);
                if (length == capacity && capacity < pieceBytes)
                {
                    var larger = await budget.RentAsync(Math.Min(capacity * 4, pieceBytes), cancellationToken);
                    if (!larger.IsPresent)
                    {
                        return new RawPiece { State = RawPieceState.NoRoom };
                    }

                    buffer.Array.AsSpan(0, length).CopyTo(larger.Array);
                    buffer.Release();
                    buffer = larger;
                    continue;
                }

                var result = await socket.ReceiveAsync(buffer.Array.AsMemory(length, capacity - length), CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return new RawPiece { State = RawPieceState.Closed };
                }

                length += result.Count;
                if (result.EndOfMessage || length == pieceBytes)
                {
                    var piece = new RawPiece { State = result.EndOfMessage ? RawPieceState.Last : RawPieceState.More, Buffer = buffer, Length = length };
                    buffer = default;
                    return piece;
                }
            }

            return new RawPiece { State = RawPieceState.NoRoom };
        }
        finally
        {
            buffer.Release();
        }
    }
}

internal enum RawPieceState
{
    /// <summary>There was no memory for it in time.</summary>
    NoRoom = 0,

    /// <summary>The peer closed in the middle of a message.</summary>
    Closed,

    More,

    /// <summary>The message ends with it.</summary>
    Last,
}

/// <summary>Whoever takes a piece owns its buffer.</summary>
internal readonly struct RawPiece
{
    public RawPieceState State { get; init; }

    public FrameBuffer Buffer { get; init; }

    public int Length { get; init; }

    public ReadOnlyMemory<byte> Bytes => Length == 0 ? default : Buffer.Array.AsMemory(0, Length);
}
