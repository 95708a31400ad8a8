using System.Net.WebSockets;
using Reassembly.Core.Routing;
using Reassembly.Edge.Lanes;
using Reassembly.Edge.Receiving;
using Reassembly.Edge.Subscriptions;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;

namespace Reassembly.Edge.Connections;

/// <summary>Speaks <c>reassembly.v1</c>: one frame after the other is read, checked and put into the lane of its message.</summary>
internal sealed class ProtocolReader(EdgeNode node, EdgeConnection connection, LaneTable lanes, ConnectionSubscriptions subscriptions) : IConnectionReader
{
    private const string Hop = "edge";

    private readonly int _frameBytes = node.Limits.FrameBytes;
    private readonly ControlHandler _control = new(connection, lanes, subscriptions);

    public async Task ReadAsync()
    {
        await connection.Outbound.PostAsync(Welcome());
        var receiver = new FrameReceiver(connection.Socket, connection.Observer, connection.Budget, connection.Discards, _frameBytes);
        while (!connection.Closer.HasBegun)
        {
            var frame = await receiver.ReceiveAsync(connection.Ended);
            if (frame.Kind == FrameKind.Closed)
            {
                return;
            }

            if (connection.Closer.HasBegun)
            {
                frame.Buffer.Release();
                return;
            }

            await HandleAsync(frame);
        }
    }

    public ValueTask GoAwayAsync(string reason, TimeSpan grace)
    {
        subscriptions.Leave();
        return connection.Outbound.PostAsync(new GoAwayMessage { Reason = reason, GraceMs = (int)grace.TotalMilliseconds });
    }

    private ValueTask HandleAsync(in ReceivedFrame frame) => frame.Kind switch
    {
        FrameKind.Binary => HandleChunk(frame),
        FrameKind.Text => _control.HandleAsync(frame),
        FrameKind.TooBig => AnswerAsync(TooBig(frame)),
        FrameKind.NoRoom => AnswerNoRoomAsync(frame),
        _ => CloseTooBigAsync(frame.Length),
    };

    private ValueTask HandleChunk(in ReceivedFrame frame)
    {
        if (ChunkFrame.TryRead(frame.Bytes, out var header, out var payload, out var error))
        {
            lanes.Add(header.Id, new LaneItem(new Chunk(header, payload), frame.Buffer, null));
            return ValueTask.CompletedTask;
        }

        frame.Buffer.Release();
        return AnswerAsync(error!);
    }

    private ValueTask AnswerAsync(ProtocolError error) => connection.Outbound.PostAsync(ErrorMessage.From(error));

    private ValueTask AnswerNoRoomAsync(in ReceivedFrame frame)
    {
        EdgeLog.NoRoom(node.Log, connection.Id);
        var scope = frame.Id is null ? ErrorScope.Frame : ErrorScope.Message;
        return AnswerAsync(new ProtocolError(ErrorCode.Overloaded, scope, "the server has no memory for more at the moment: send this frame again later")
        {
            Id = frame.Id,
            Retryable = true,
            RetryAfterMs = LaneTable.RetryAfterMs,
        });
    }

    private async ValueTask CloseTooBigAsync(long length)
        => await connection.Closer.BeginAsync(WebSocketCloseStatus.MessageTooBig, TooBigSentence(length));

    private ProtocolError TooBig(in ReceivedFrame frame)
        => new(ErrorCode.FrameTooBig, ErrorScope.Frame, $"{TooBigSentence(frame.Length)}: send smaller chunks")
        {
            Id = frame.Id,
            Limit = new LimitDetail("frameBytes", _frameBytes, frame.Length, Hop),
        };

    private string TooBigSentence(long length) => $"frame of {length} bytes exceeds the limit of {_frameBytes} bytes";

    private WelcomeMessage Welcome() => new()
    {
        Protocol = WireProtocol.Subprotocol,
        Connection = connection.Id,
        Node = node.Options.Node,
        Durability = node.Store.Durability,
        Limits = node.Limits,
    };
}
