using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Reassembly.Client.Errors;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Connections;

/// <summary>
/// One WebSocket: one reader loop that hands messages to the listener, writes in turn. A write is never cancelled by its
/// caller, since a WebSocket that is cancelled in the middle of a frame is lost for everybody; it ends when the connection does.
/// </summary>
internal sealed class ClientConnection : IAsyncDisposable
{
    private readonly WebSocket _socket;
    private readonly IConnectionListener _listener;
    private readonly byte[] _receiveBuffer;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ArrayBufferWriter<byte> _controlBuffer = new(256);
    private readonly CancellationTokenSource _lifetime = new();
    private readonly TaskCompletionSource _goingAway = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private WelcomeMessage? _welcome;
    private string? _abortReason;
    private long _heard;

    public ClientConnection(WebSocket socket, Uri endpoint, int receiveFrameBytes, IConnectionListener listener)
    {
        _socket = socket;
        _listener = listener;
        _receiveBuffer = new byte[receiveFrameBytes];
        Endpoint = endpoint;
    }

    public Uri Endpoint { get; }

    public WelcomeMessage Welcome => _welcome ?? throw new InvalidOperationException("not greeted yet");

    public ProtocolLimits Limits => Welcome.Limits;

    /// <summary>Ends, without fault, when the reader does: the connection is gone.</summary>
    public Task Ended => _reading;

    /// <summary>Ends when the server has said <c>goaway</c>.</summary>
    public Task GoingAway => _goingAway.Task;

    public GoAwayMessage? GoAway { get; private set; }

    public bool IsClosed => _lifetime.IsCancellationRequested;

    /// <summary>Whether the server has answered something about a message, or delivered one: then it is worth an early return.</summary>
    public bool HasServed { get; private set; }

    /// <summary>Why it is gone, in words for a person.</summary>
    public string EndReason { get; private set; } = "the connection was closed";

    /// <summary>Whether a hop ended the connection because a message was too big for it (close code 1009).</summary>
    public bool EndedAsTooBig { get; private set; }

    /// <summary>Grows with everything that is read.</summary>
    public long Heard => Interlocked.Read(ref _heard);

    /// <summary>Whether the socket is not read for the moment, because the listener still has a frame.</summary>
    public bool IsHeldUp { get; private set; }

    /// <summary>Bytes of the largest frame written.</summary>
    public int LargestFrame { get; private set; }

    /// <summary>Says <c>hello</c>, waits for <c>welcome</c>, and starts the reader.</summary>
    public async Task GreetAsync(string clientName, CancellationToken cancellationToken)
    {
        await SendAsync(new HelloMessage { ReceiveFrameBytes = _receiveBuffer.Length, Client = clientName }).ConfigureAwait(false);
        var first = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        if (first is ErrorMessage refusal)
        {
            throw new ConnectionFailedException($"{Endpoint}: {refusal.Message}", refusal.ToError(), null) { IsFinal = !refusal.Retryable };
        }

        _welcome = first as WelcomeMessage
            ?? throw new ConnectionFailedException($"{Endpoint} does not speak {WireProtocol.Subprotocol}: {EndReasonOr("its first message is not welcome")}");
        _reading = ReadLoopAsync();
    }

    /// <summary>Writes one control message.</summary>
    /// <exception cref="ConnectionLostException">The connection is gone.</exception>
    public async Task SendAsync(ClientMessage message)
    {
        await EnterAsync().ConfigureAwait(false);
        try
        {
            _controlBuffer.ResetWrittenCount();
            ControlWriter.Write(_controlBuffer, message);
            await WriteAsync(_controlBuffer.WrittenMemory, WebSocketMessageType.Text).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Writes one chunk.</summary>
    /// <param name="frame">Header and payload; the caller's again when the task ends.</param>
    /// <exception cref="ConnectionLostException">The connection is gone.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendChunkAsync(ReadOnlyMemory<byte> frame)
    {
        await EnterAsync().ConfigureAwait(false);
        try
        {
            LargestFrame = Math.Max(LargestFrame, frame.Length);
            await WriteAsync(frame, WebSocketMessageType.Binary).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void NoteServed() => HasServed = true;

    /// <summary>Says that this is the end and lets the server say it too, so that what was written last is not lost in a reset.</summary>
    public async Task FinishAsync(TimeSpan patience, TimeProvider clock)
    {
        try
        {
            await EnterAsync().ConfigureAwait(false);
            try
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _lifetime.Token).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }

            await Ended.WaitAsync(patience, clock, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsEnd(exception) || exception is ConnectionLostException or TimeoutException)
        {
            // It is gone already, or its server takes too long over it.
        }
    }

    /// <summary>Ends the connection now.</summary>
    /// <param name="reason">Why, where the connection itself would not tell.</param>
    public void Abort(string? reason = null)
    {
        _abortReason ??= reason;
        _lifetime.Cancel();
        _socket.Abort();
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsClosed && _writing.Wait(0, CancellationToken.None))
        {
            try
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _lifetime.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // It is gone already, which is what was wanted.
            }
            finally
            {
                _writing.Release();
            }
        }

        Abort();
        await _reading.ConfigureAwait(false);
    }

    private async Task EnterAsync()
    {
        try
        {
            await _writing.WaitAsync(_lifetime.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            throw new ConnectionLostException(EndReason, exception);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type)
    {
        try
        {
            await _socket.SendAsync(bytes, type, endOfMessage: true, _lifetime.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            throw new ConnectionLostException(exception.Message, exception);
        }
    }

    private async Task ReadLoopAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (await ReceiveAsync(_lifetime.Token).ConfigureAwait(false) is { } message)
            {
                Take(message);
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            EndReason = _abortReason ?? (exception is WebSocketException { InnerException: { } inner } ? inner.Message : exception.Message);
        }
        finally
        {
            Abort();
            _listener.OnEnded(this);
        }
    }

    private static bool IsEnd(Exception exception) => exception
        is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException;

    private void Take(ServerMessage message)
    {
        if (message is GoAwayMessage goAway)
        {
            GoAway = goAway;
            _goingAway.TrySetResult();
            return;
        }

        if (message is ErrorMessage { Scope: Protocol.Errors.ErrorScope.Connection } error)
        {
            EndReason = error.Message;
        }

        HasServed |= message is AckMessage or OutcomeMessage;
        _listener.OnMessage(this, message);
    }

    /// <summary>The next message that this version knows, or null at the end of the connection.</summary>
    private async Task<ServerMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult received;
            do
            {
                if (length == _receiveBuffer.Length)
                {
                    throw new IOException($"the server sent more than the {length} bytes that this client takes in one message");
                }

                received = await _socket.ReceiveAsync(_receiveBuffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                length += received.Count;
                Interlocked.Increment(ref _heard);
            }
            while (!received.EndOfMessage);

            if (received.MessageType == WebSocketMessageType.Close)
            {
                NoteClose();
                return null;
            }

            // A server newer than this client may say things that it does not know: those are for newer clients.
            if (received.MessageType == WebSocketMessageType.Text
                && ControlReader.TryReadServer(_receiveBuffer.AsSpan(0, length), out var message, out _))
            {
                return message;
            }

            if (received.MessageType == WebSocketMessageType.Binary && _welcome is not null)
            {
                IsHeldUp = true;
                await _listener.OnFrameAsync(this, _receiveBuffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                IsHeldUp = false;
            }
        }
    }

    private void NoteClose()
    {
        var description = string.IsNullOrEmpty(_socket.CloseStatusDescription) ? string.Empty : $" ({_socket.CloseStatusDescription})";
        EndReason = $"the server closed the connection with {(int?)_socket.CloseStatus ?? 1005}{description}";
        EndedAsTooBig = _socket.CloseStatus == WebSocketCloseStatus.MessageTooBig;
    }

    private string EndReasonOr(string otherwise) => _socket.CloseStatus is null ? otherwise : EndReason;
}
