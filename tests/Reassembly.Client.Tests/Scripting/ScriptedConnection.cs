using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;

namespace Reassembly.Client.Tests.Scripting;

/// <summary>One connection of a scripted server; checks that the client keeps to frame size, chunk size and credit.</summary>
internal sealed class ScriptedConnection(ScriptedServer server, WebSocket socket, HttpContext context, int index)
{
    private readonly byte[] _buffer = new byte[4 << 20];
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Dictionary<MessageId, long> _credit = [];
    private readonly Script _script = server.Script;
    private readonly ScriptedStore _store = server.Store;
    private readonly int _frameBytes = server.Script.FrameBytes;
    private readonly Channel<ClientMessage> _answers = Channel.CreateUnbounded<ClientMessage>();
    private long _bytes;

    public int Index => index;

    /// <summary>Largest WebSocket message that this client said it takes.</summary>
    public int ReceiveFrameBytes { get; private set; } = WireProtocol.DefaultReceiveFrameBytes;

    /// <summary>What this connection's subscriber answers to deliveries, in order; ends with the connection.</summary>
    public ChannelReader<ClientMessage> Answers => _answers.Reader;

    public async Task RunAsync()
    {
        await SendAsync(new WelcomeMessage
        {
            Protocol = WireProtocol.Subprotocol,
            Connection = $"c{index}",
            Node = $"n{server.Number}",
            Durability = Durability.Memory,
            Limits = new ProtocolLimits
            {
                FrameBytes = _frameBytes,
                MinChunkBytes = _script.MinChunkBytes,
                WindowBytes = _script.WindowBytes,
                IdleSeconds = _script.IdleSeconds,
            },
        });
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult received;
            do
            {
                received = await socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None);
                length += received.Count;
            }
            while (!received.EndOfMessage);

            switch (received.MessageType)
            {
                case WebSocketMessageType.Close:
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    return;
                case WebSocketMessageType.Text:
                    await OnControlAsync(_buffer.AsMemory(0, length));
                    break;
                default:
                    if (!await OnFrameAsync(_buffer.AsMemory(0, length)))
                    {
                        return;
                    }

                    break;
            }
        }
    }

    public async Task SendAsync(ServerMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        ControlWriter.Write(output, message);
        if (message is AckMessage ack)
        {
            lock (_store.Gate)
            {
                _credit[ack.Id] = Math.Max(_credit.GetValueOrDefault(ack.Id), ack.Credit);
            }
        }

        await _writing.WaitAsync();
        try
        {
            await socket.SendAsync(output.WrittenMemory, WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends a binary frame, whatever is in it.</summary>
    public async Task SendFrameAsync(ReadOnlyMemory<byte> frame)
    {
        await _writing.WaitAsync();
        try
        {
            await socket.SendAsync(frame, WebSocketMessageType.Binary, true, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Cut()
    {
        try
        {
            context.Abort();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile.
        }
    }

    /// <summary>The reading side has ended.</summary>
    public void End() => _answers.Writer.TryComplete();

    private async Task OnControlAsync(ReadOnlyMemory<byte> text)
    {
        if (!ControlReader.TryReadClient(text.Span, out var message, out var error))
        {
            _store.Violations.Enqueue($"not a control message: {error!.Message}");
            return;
        }

        _store.Said.Enqueue(message!);
        switch (message)
        {
            case HelloMessage hello:
                ReceiveFrameBytes = hello.ReceiveFrameBytes ?? ReceiveFrameBytes;
                break;
            case SubscribeMessage subscribe:
                _ = ServeAsync(subscribe);
                break;
            case DeliveredMessage or RetryMessage:
                _answers.Writer.TryWrite(message);
                break;
        }

        var answer = message switch
        {
            OpenMessage open => AnswerOpen(open),
            StatusMessage status => AnswerStatus(status.Id),
            AbortMessage abort => AnswerAbort(abort.Id),
            _ => null,
        };
        if (answer is not null)
        {
            await SendAsync(answer);
        }
    }

    private async Task ServeAsync(SubscribeMessage subscribe)
    {
        try
        {
            await _script.OnSubscribe(this, subscribe);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or ChannelClosedException)
        {
            // Cut by the script, or by the client.
        }
        catch (Exception exception)
        {
            _store.Violations.Enqueue($"the script failed: {exception}");
        }
    }

    private ServerMessage AnswerOpen(OpenMessage open)
    {
        if (_script.RefuseOpen() is { } code)
        {
            return Error(code, open.Id);
        }

        lock (_store.Gate)
        {
            var message = _store.Messages.GetOrAdd(open.Id, id => new ScriptedMessage(id));
            message.Open ??= open;
            return message.Outcome is { } outcome ? outcome : Ack(message);
        }
    }

    private ServerMessage AnswerStatus(MessageId id)
    {
        lock (_store.Gate)
        {
            return _store.Messages.TryGetValue(id, out var message)
                ? message.Outcome is { } outcome ? outcome : Ack(message)
                : Error(ErrorCode.UnknownMessage, id);
        }
    }

    private ServerMessage AnswerAbort(MessageId id)
    {
        lock (_store.Gate)
        {
            return _store.Messages.TryGetValue(id, out var message)
                ? message.Outcome ??= new OutcomeMessage { Id = id, State = OutcomeState.Aborted }
                : Error(ErrorCode.UnknownMessage, id);
        }
    }

    private async Task<bool> OnFrameAsync(ReadOnlyMemory<byte> frame)
    {
        if (frame.Length > _script.HopFrameBytes)
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "too big for this hop", CancellationToken.None);
            while ((await socket.ReceiveAsync(_buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
            }

            return false;
        }

        Check(frame.Length <= _frameBytes, $"frame of {frame.Length} bytes, {_frameBytes} allowed");
        if (!ChunkFrame.TryRead(frame, out var header, out var payload, out var error))
        {
            _store.Violations.Enqueue($"bad frame: {error!.Message}");
            return true;
        }

        _bytes += payload.Length;
        var cut = _script.CutAfterBytes[Math.Min(index, _script.CutAfterBytes.Count - 1)];
        if (cut >= 0 && _bytes > cut)
        {
            Cut();
            return false;
        }

        _store.Chunks.Enqueue(new ReceivedChunk(header.Id, header.Offset, payload.Length, header.IsLast, header.Sequence, server.Number, index));
        if (Take(header, payload.Span) is { } answer)
        {
            await SendAsync(answer);
        }

        return true;
    }

    private ServerMessage? Take(ChunkHeader header, ReadOnlySpan<byte> payload)
    {
        lock (_store.Gate)
        {
            var credit = Math.Max(_credit.GetValueOrDefault(header.Id), _store.Messages.ContainsKey(header.Id) ? 0 : _script.WindowBytes);
            Check(header.End <= credit || _store.Messages[header.Id].Outcome is not null, $"bytes up to {header.End}, credit {credit}");
            if (_script.RefuseChunk(header) is { } code)
            {
                return Error(code, header.Id);
            }

            var message = _store.Messages.GetOrAdd(header.Id, id => new ScriptedMessage(id));
            if (message.Outcome is { } early)
            {
                return early;
            }

            message.Store(header, payload);
            Check(
                header.IsLast || header.PayloadLength >= _script.MinChunkBytes || header.End == message.Size,
                $"chunk of {header.PayloadLength} bytes at {header.Offset}");
            return message.Outcome is { } outcome ? outcome : _script.SendAck(header) ? Ack(message) : null;
        }
    }

    private AckMessage Ack(ScriptedMessage message) => message.Ack(_script.Credit(message.Durable) ?? (message.Durable + _script.WindowBytes));

    private static ErrorMessage Error(ErrorCode code, MessageId id) => new()
    {
        Code = code,
        Scope = ErrorScope.Message,
        Id = id,
        Retryable = code is ErrorCode.CrcMismatch or ErrorCode.NotDurable or ErrorCode.Overloaded or ErrorCode.TooManyOpen,
        RetryAfterMs = code is ErrorCode.Overloaded or ErrorCode.TooManyOpen ? 5 : null,
        Limit = code is ErrorCode.MessageTooBig ? new LimitDetail("messageBytes", 10, 20, "edge") : null,
        Message = $"scripted {code}",
    };

    private void Check(bool holds, string violation)
    {
        if (!holds)
        {
            _store.Violations.Enqueue(violation);
        }
    }
}
