using System.Net.WebSockets;
using Reassembly.Core.Routing;
using Reassembly.Edge.Connections;
using Reassembly.Edge.Lanes;
using Reassembly.Edge.Receiving;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.Edge.Raw;

/// <summary>
/// Takes each WebSocket message as one payload: cut into pieces, which go the way of chunks, so that it is never held whole. The
/// answer is the outcome as text, in the order of the messages.
/// </summary>
internal sealed class RawReader(EdgeNode node, EdgeConnection connection, LaneTable lanes, RawAnswers answers, RawTarget target) : IConnectionReader
{
    private const int UsualPieceBytes = 65_536;
    private const WebSocketCloseStatus TryAgainLater = (WebSocketCloseStatus)1013;

    /// <summary>How long the next message may wait for the outcome of the one before.</summary>
    private static readonly TimeSpan OrderPatience = TimeSpan.FromSeconds(5);

    private readonly RawPieces _pieces = new(connection.Socket, connection.Budget, Math.Max(UsualPieceBytes, node.Limits.MinChunkBytes));
    private readonly MessageDiscarder _tooBig = new(connection.Socket, connection.Discards, freeBytes: 0);
    private readonly MessageDiscarder _unwanted = new(connection.Socket, connection.Discards, freeBytes: long.MaxValue);
    private long _messages;

    public async Task ReadAsync()
    {
        while (!connection.Closer.HasBegun)
        {
            var start = await connection.Socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (start.MessageType == WebSocketMessageType.Close || connection.Closer.HasBegun)
            {
                return;
            }

            _messages++;
            var isNamed = _messages == 1 && target.Id is not null;
            var id = isNamed ? target.Id!.Value : MessageId.NewVersion7(node.Time.GetUtcNow());
            var answer = answers.Expect(id);
            var isWhole = false;
            try
            {
                isWhole = await StreamAsync(id, isEmpty: start.EndOfMessage, answer);
            }
            finally
            {
                // A named message can be sent again and goes on then; nobody knows the name of another.
                if (!isWhole && !isNamed)
                {
                    lanes.Add(id, new LaneItem(default, connection.Budget.Count(0), new AbortMessage { Id = id }));
                }
            }

            if (isWhole)
            {
                await AnswerAsync(answer);
            }
        }
    }

    public ValueTask GoAwayAsync(string reason, TimeSpan grace) => ValueTask.CompletedTask;

    /// <summary>Brings one message in.</summary>
    /// <returns>Whether it was read to its end; otherwise the connection is ending.</returns>
    private async ValueTask<bool> StreamAsync(MessageId id, bool isEmpty, Task<ServerMessage> answer)
    {
        if (target.Channel is not null)
        {
            lanes.Add(id, new LaneItem(default, connection.Budget.Count(0), new OpenMessage { Id = id, Channel = target.Channel }));
        }

        var claim = connection.Observer.ClaimOf(_messages);
        var total = claim > node.Limits.MessageBytes ? (ulong)claim : ChunkHeader.UnknownSize;
        if (isEmpty)
        {
            Put(id, 0, 0, total, new RawPiece { State = RawPieceState.Last });
            return true;
        }

        long offset = 0;
        for (uint sequence = 0; ; sequence++)
        {
            var piece = await _pieces.ReadAsync(sequence == 0, connection.Ended);
            switch (piece.State)
            {
                case RawPieceState.Closed:
                    return false;
                case RawPieceState.NoRoom:
                    await connection.Closer.BeginAsync(TryAgainLater, "the server has no memory for more at the moment: connect again later");
                    return false;
            }

            Put(id, sequence, offset, total, piece);
            offset += piece.Length;
            if (piece.State == RawPieceState.Last)
            {
                return true;
            }

            if (answer.IsCompleted)
            {
                return await DiscardRestAsync(await answer, offset);
            }
        }
    }

    private void Put(MessageId id, uint sequence, long offset, ulong total, in RawPiece piece)
    {
        var header = new ChunkHeader
        {
            Id = id,
            Sequence = sequence,
            Offset = offset,
            TotalSize = total,
            PayloadLength = piece.Length,
            IsLast = piece.State == RawPieceState.Last,
        };
        lanes.Add(id, new LaneItem(new Chunk(header, piece.Bytes), piece.Buffer, null));
    }

    /// <summary>The answer is there before the message has ended: what follows is not wanted.</summary>
    private async ValueTask<bool> DiscardRestAsync(ServerMessage answer, long read)
    {
        var isTooBig = answer is OutcomeMessage { State: OutcomeState.Rejected };
        var size = Math.Max(read, connection.Observer.ClaimOf(_messages));
        var rest = isTooBig
            ? await _tooBig.DiscardTooBigAsync(default, size - read)
            : await _unwanted.DiscardForWantOfRoomAsync(default);
        if (rest.Kind == FrameKind.FarTooBig)
        {
            await connection.Outbound.PostAsync(answer);
            var reason = $"message of {size} bytes exceeds the limit of {node.Limits.MessageBytes} bytes";
            await connection.Closer.BeginAsync(WebSocketCloseStatus.MessageTooBig, reason);
        }

        return rest.Kind is FrameKind.TooBig or FrameKind.NoRoom;
    }

    private async ValueTask AnswerAsync(Task<ServerMessage> answer)
    {
        await ((Task)answer).WaitAsync(OrderPatience, node.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answer.IsCompleted)
        {
            await connection.Outbound.PostAsync(await answer);
        }
        else
        {
            _ = AnswerLaterAsync(answer);
        }
    }

    private async Task AnswerLaterAsync(Task<ServerMessage> answer) => await connection.Outbound.PostAsync(await answer);
}
