using System.Buffers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.Benchmarks.Load;

/// <summary>
/// One connection that subscribes to one channel with one message in flight. It checks the checksum and the place of each chunk and the digest
/// of the whole, tells of the message, and answers <c>delivered</c>.
/// </summary>
internal sealed class LoadSubscriber : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<Arrival> _arrived;
    private PayloadMessage? _message;
    private long _firstByteAt;
    private long _received;

    private LoadSubscriber(int receiveFrameBytes, Action<Arrival> arrived)
    {
        _buffer = new byte[receiveFrameBytes];
        _arrived = arrived;
    }

    /// <summary>Ends with what went wrong, and otherwise not before the disposal.</summary>
    public Task Reading { get; private set; } = Task.CompletedTask;

    /// <summary>Connects and subscribes; returns when the server has taken it.</summary>
    /// <param name="node">Where to.</param>
    /// <param name="channel">Which channel.</param>
    /// <param name="receiveFrameBytes">Largest frame that it takes.</param>
    /// <param name="arrived">Called with each message, before it is answered.</param>
    public static async Task<LoadSubscriber> OpenAsync(Uri node, string channel, int receiveFrameBytes, Action<Arrival> arrived)
    {
        var subscriber = new LoadSubscriber(receiveFrameBytes, arrived);
        subscriber._socket.Options.AddSubProtocol(WireProtocol.Subprotocol);
        await subscriber._socket.ConnectAsync(node, CancellationToken.None);
        await subscriber.SendAsync(new HelloMessage { ReceiveFrameBytes = receiveFrameBytes });
        await subscriber.SendAsync(new SubscribeMessage { Channel = channel, InFlight = 1 });

        // Control messages are taken one after the other: the answer to this one says that the one before was taken.
        await subscriber._socket.SendAsync("""{"type":"ping","nonce":0}"""u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        subscriber.Reading = subscriber.ReadAsync();
        await await Task.WhenAny(subscriber._ready.Task, subscriber.Reading);
        return subscriber;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _digest.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            var (length, type, at) = await ReceiveAsync();
            if (type == WebSocketMessageType.Close)
            {
                throw new InvalidOperationException($"the server closed: {_socket.CloseStatus} {_socket.CloseStatusDescription}");
            }

            if (type == WebSocketMessageType.Text)
            {
                TakeControl(_buffer.AsSpan(0, length));
            }
            else if (TakeChunk(length, at))
            {
                var arrival = new Arrival(_message!.Id, _firstByteAt, Convert.ToHexStringLower(_digest.GetHashAndReset()), _message.Attempt);
                if (arrival.Sha256 != _message.Sha256 || _received != _message.Size)
                {
                    throw new InvalidOperationException($"message {arrival.Id} came with other bytes than announced");
                }

                _arrived(arrival);
                await SendAsync(new DeliveredMessage { Id = arrival.Id });
            }
        }
    }

    /// <summary>Reads a WebSocket message; what its first bytes came with is its time.</summary>
    private async ValueTask<(int Length, WebSocketMessageType Type, long At)> ReceiveAsync()
    {
        var result = await _socket.ReceiveAsync(_buffer.AsMemory(), _end.Token);
        var at = TimeProvider.System.GetTimestamp();
        var length = result.Count;
        while (!result.EndOfMessage)
        {
            result = await _socket.ReceiveAsync(_buffer.AsMemory(length), _end.Token);
            length += result.Count;
        }

        return (length, result.MessageType, at);
    }

    private void TakeControl(ReadOnlySpan<byte> text)
    {
        if (!ControlReader.TryReadServer(text, out var control, out var error) || control is ErrorMessage)
        {
            throw new InvalidOperationException($"the server ended the run: {error?.Message ?? control!.ToString()}");
        }

        if (control is PayloadMessage message)
        {
            _message = message;
            _received = 0;
        }
        else if (control is PongMessage)
        {
            _ready.TrySetResult();
        }
    }

    /// <returns>Whether the message is whole with it.</returns>
    private bool TakeChunk(int length, long at)
    {
        if (!ChunkFrame.TryRead(_buffer.AsMemory(0, length), out var header, out var payload, out var error))
        {
            throw new InvalidOperationException(error?.Message);
        }

        if (header.Id != _message?.Id || header.Offset != _received)
        {
            throw new InvalidOperationException($"{header} does not follow {_received} bytes of {_message?.Id}");
        }

        if (header.Offset == 0)
        {
            _firstByteAt = at;
        }

        _digest.AppendData(payload.Span);
        _received = header.End;
        return header.IsLast;
    }

    private async Task SendAsync(ClientMessage message)
    {
        var writer = new ArrayBufferWriter<byte>();
        ControlWriter.Write(writer, message);
        await _socket.SendAsync(writer.WrittenMemory, WebSocketMessageType.Text, true, CancellationToken.None);
    }
}
