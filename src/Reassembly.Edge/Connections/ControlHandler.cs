using Reassembly.Core.Routing;
using Reassembly.Edge.Lanes;
using Reassembly.Edge.Receiving;
using Reassembly.Edge.Subscriptions;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Connections;

/// <summary>What to do with a text message: answer it, or put it into the lane of its message, in order with the chunks there.</summary>
internal sealed class ControlHandler(EdgeConnection connection, LaneTable lanes, ConnectionSubscriptions subscriptions)
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromDays(1);

    /// <summary>Handles a text message and gives its buffer back.</summary>
    public ValueTask HandleAsync(in ReceivedFrame frame)
    {
        var read = ControlReader.TryReadClient(frame.Bytes.Span, out var message, out var error);
        var length = (int)frame.Length;
        frame.Buffer.Release();
        return read ? HandleAsync(message!, length) : AnswerAsync(error!);
    }

    private ValueTask HandleAsync(ClientMessage message, int length)
    {
        switch (message)
        {
            case HelloMessage hello:
                connection.Outbound.ReceiveFrameBytes = hello.ReceiveFrameBytes ?? connection.Outbound.ReceiveFrameBytes;
                return ValueTask.CompletedTask;
            case PingMessage ping:
                return connection.Outbound.PostAsync(new PongMessage { Nonce = ping.Nonce });
            case OpenMessage open:
                return PutInLine(open.Id, open, length);
            case StatusMessage status:
                return PutInLine(status.Id, status, length);
            case AbortMessage abort:
                return PutInLine(abort.Id, abort, length);
            case TextChunkMessage chunk:
                return HandleChunk(chunk);
            case SubscribeMessage subscribe:
                return AnswerAsync(subscriptions.Subscribe(subscribe));
            case DeliveredMessage delivered:
                return AnswerAsync(subscriptions.Answer(delivered.Id, hasIt: true, after: null));
            case RetryMessage retry:
                return AnswerAsync(subscriptions.Answer(retry.Id, hasIt: false, AfterOf(retry)));
            default:
                return AnswerAsync(new ProtocolError(ErrorCode.UnknownType, ErrorScope.Frame, $"{message.Type} is not served here"));
        }
    }

    private ValueTask PutInLine(MessageId id, ClientMessage message, int length)
    {
        lanes.Add(id, new LaneItem(default, connection.Budget.Count(length), message));
        return ValueTask.CompletedTask;
    }

    private ValueTask HandleChunk(TextChunkMessage message)
    {
        if (!TextChunk.TryGetHeader(message, out var header, out var error))
        {
            return AnswerAsync(error!);
        }

        lanes.Add(message.Id, new LaneItem(new Chunk(header, message.Data), connection.Budget.Count(message.Data.Length), null));
        return ValueTask.CompletedTask;
    }

    private ValueTask AnswerAsync(ProtocolError? error) => error is null ? ValueTask.CompletedTask : connection.Outbound.PostAsync(ErrorMessage.From(error));

    private static TimeSpan? AfterOf(RetryMessage retry)
        => retry.AfterMs is { } milliseconds ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, LongestRetry.TotalMilliseconds)) : null;
}
