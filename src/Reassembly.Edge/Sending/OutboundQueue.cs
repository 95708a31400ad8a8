using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Sending;

/// <summary>
/// Everything that goes out on one connection, in order, by one writer: control messages, and the chunks of what it subscribes to. Acks cost one place in line a message, however many
/// there are; the line for all else is short, and whoever fills it waits: so a peer that never reads its errors is not read
/// either. A send that makes no progress for <see cref="SendTimeout"/> ends the connection.
/// </summary>
internal sealed class OutboundQueue : IAsyncDisposable
{
    /// <summary>How long one message may take to go out.</summary>
    public static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    private const int MaxWaiting = 128;

    private readonly Channel<object> _line = Channel.CreateUnbounded<object>(new() { SingleReader = true });
    private readonly SemaphoreSlim _places = new(MaxWaiting);
    private readonly CancellationTokenSource _dead = new();
    private readonly ArrayBufferWriter<byte> _text = new(256);
    private readonly WebSocket _socket;
    private readonly ITimer _sendTimer;
    private readonly ILogger _log;
    private readonly string _connection;
    private readonly Task _writer;
    private TimeSpan _patience;
    private volatile int _receiveFrameBytes = WireProtocol.DefaultReceiveFrameBytes;

    public OutboundQueue(WebSocket socket, string connection, TimeProvider time, ILogger log)
    {
        _socket = socket;
        _connection = connection;
        _log = log;
        _sendTimer = time.CreateTimer(static state => ((OutboundQueue)state!).GiveUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _writer = WriteAllAsync();
    }

    /// <summary>Largest message in bytes that the client takes.</summary>
    public int ReceiveFrameBytes
    {
        get => _receiveFrameBytes;
        set => _receiveFrameBytes = value;
    }

    /// <summary>Puts an ack in line; the newest one of a slot goes out.</summary>
    public void Post(AckSlot slot, AckMessage ack)
    {
        if (slot.Put(ack))
        {
            _line.Writer.TryWrite(slot);
        }
    }

    /// <summary>Puts a message in line; waits while the line is full. What is posted after the end is dropped.</summary>
    public async ValueTask PostAsync(ServerMessage message)
    {
        try
        {
            await _places.WaitAsync(_dead.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        _line.Writer.TryWrite(message);
    }

    /// <summary>Sends a message after all that waits. It is in line when the call returns.</summary>
    /// <param name="message">The message.</param>
    /// <param name="patience">As for <see cref="SendFrameAsync"/>.</param>
    public Task<FrameEnd> SendWholeAsync(ServerMessage message, TimeSpan patience)
    {
        var text = new ArrayBufferWriter<byte>();
        ControlWriter.WriteWithin(text, message, _receiveFrameBytes);
        return SendAsync(new OutboundFrame(text.WrittenMemory, WebSocketMessageType.Text, patience));
    }

    /// <summary>Sends a binary frame after all that waits. The frame is the caller's again when the task completes.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="patience">How long the client may take nothing before the connection ends: longer than for answers, since a receiver that works on one message reads slowly.</param>
    public Task<FrameEnd> SendFrameAsync(ReadOnlyMemory<byte> frame, TimeSpan patience)
        => SendAsync(new OutboundFrame(frame, WebSocketMessageType.Binary, patience));

    /// <summary>Puts a message in line and waits until all before it and the message itself went out.</summary>
    public async ValueTask PostAndFlushAsync(ServerMessage message)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(message);
        if (_line.Writer.TryWrite(flushed))
        {
            await Task.WhenAny(flushed.Task, _writer);
        }
    }

    /// <summary>Takes nothing more and completes when all that waits went out, or cannot.</summary>
    public Task CompleteAsync()
    {
        _line.Writer.TryComplete();
        return _writer;
    }

    public async ValueTask DisposeAsync()
    {
        await CompleteAsync();
        await _sendTimer.DisposeAsync();
    }

    private async Task WriteAllAsync()
    {
        await foreach (var entry in _line.Reader.ReadAllAsync())
        {
            if (entry is TaskCompletionSource flushed)
            {
                flushed.TrySetResult();
                continue;
            }

            if (entry is OutboundFrame frame)
            {
                frame.Ended.TrySetResult(await SendNowAsync(frame));
                continue;
            }

            var message = entry as ServerMessage;
            if (message is not null)
            {
                _places.Release();
            }

            message ??= ((AckSlot)entry).Take();
            if (message is not null && !_dead.IsCancellationRequested)
            {
                await SendAsync(message);
            }
        }

        // Whoever still waits for a place learns that there is none.
        await _dead.CancelAsync();
    }

    private Task<FrameEnd> SendAsync(OutboundFrame frame) => _line.Writer.TryWrite(frame) ? frame.Ended.Task : Task.FromResult(FrameEnd.Over);

    private async ValueTask<FrameEnd> SendNowAsync(OutboundFrame frame)
    {
        if (_dead.IsCancellationRequested)
        {
            return FrameEnd.Over;
        }

        // The client may have said otherwise since this was put in line.
        return frame.Bytes.Length > _receiveFrameBytes ? FrameEnd.TooBig
            : await SendAsync(frame.Bytes, frame.Type, frame.Patience) ? FrameEnd.Sent
            : FrameEnd.Over;
    }

    private async ValueTask SendAsync(ServerMessage message)
    {
        ControlWriter.WriteWithin(_text, message, _receiveFrameBytes);
        if (_text.WrittenCount > _receiveFrameBytes)
        {
            EdgeLog.AnswerDoesNotFit(_log, _connection, message.Type, _text.WrittenCount, _receiveFrameBytes);
            return;
        }

        await SendAsync(_text.WrittenMemory, WebSocketMessageType.Text, SendTimeout);
    }

    /// <returns>Whether it went out.</returns>
    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type, TimeSpan patience)
    {
        _patience = patience;
        _sendTimer.Change(patience, Timeout.InfiniteTimeSpan);
        try
        {
            await _socket.SendAsync(bytes, type, WebSocketMessageFlags.EndOfMessage | WebSocketMessageFlags.DisableCompression, CancellationToken.None);
            return true;
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The connection is gone, or closing: the reader finds out why; what is left in line has nowhere to go.
            await _dead.CancelAsync();
            return false;
        }
        finally
        {
            _sendTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void GiveUp()
    {
        EdgeLog.PeerDoesNotRead(_log, _connection, _patience.TotalSeconds);
        _socket.Abort();
    }
}
