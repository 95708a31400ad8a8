using System.Buffers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text.Json;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.Testing;

/// <summary>A subscriber that knows the frames and nothing else. It checks every frame, and answers what a test tells it to.</summary>
public sealed class Subscriber : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly Dictionary<MessageId, Incoming> _incoming = [];
    private int _receiveFrameBytes = WireProtocol.DefaultReceiveFrameBytes;

    private Subscriber()
    {
    }

    /// <summary>The largest frame that came.</summary>
    public int LargestFrame { get; private set; }

    public ClientWebSocket Socket => _socket;

    /// <summary>Is told each message as it begins.</summary>
    public Action<PayloadMessage>? Began { get; set; }

    /// <summary>Connects, and says how large frames may be where that is given.</summary>
    public static async Task<Subscriber> ConnectAsync(Uri address, int? receiveFrameBytes = null)
    {
        var subscriber = new Subscriber();
        subscriber._socket.Options.AddSubProtocol(WireProtocol.Subprotocol);
        await subscriber._socket.ConnectAsync(address, CancellationToken.None).WaitAsync(Patience, TimeProvider.System);
        if (receiveFrameBytes is { } bytes)
        {
            subscriber._receiveFrameBytes = bytes;
            await subscriber.SendAsync(new HelloMessage { ReceiveFrameBytes = bytes });
        }

        return subscriber;
    }

    /// <summary>Says anew how large frames may be, and reads on until the server has heard it: from then on no larger one may come.</summary>
    public async Task ChangeReceiveFrameBytesAsync(int bytes)
    {
        // Until it has, frames of either size may come.
        _receiveFrameBytes = Math.Max(_receiveFrameBytes, bytes);
        await SendAsync(new HelloMessage { ReceiveFrameBytes = bytes });
        await SendAsync(new PingMessage { Nonce = JsonSerializer.SerializeToElement(bytes) });
        await ReceiveAsync<PongMessage>();
        _receiveFrameBytes = bytes;
        LargestFrame = 0;
    }

    public Task SubscribeAsync(string channel, int? inFlight = null) => SendAsync(new SubscribeMessage { Channel = channel, InFlight = inFlight });

    public Task DeliveredAsync(MessageId id) => SendAsync(new DeliveredMessage { Id = id });

    public Task RetryAsync(MessageId id, long? afterMs = null) => SendAsync(new RetryMessage { Id = id, AfterMs = afterMs });

    public Task SendAsync(ClientMessage message)
    {
        var writer = new ArrayBufferWriter<byte>();
        ControlWriter.Write(writer, message);
        return _socket.SendAsync(writer.WrittenMemory, WebSocketMessageType.Text, true, CancellationToken.None).AsTask().WaitAsync(Patience, TimeProvider.System);
    }

    /// <summary>Reads on until a message is there whole, its digest checked.</summary>
    public async Task<(PayloadMessage Message, byte[] Payload)> ReceiveAsync()
    {
        while (true)
        {
            var (control, whole) = await NextAsync();
            if (whole is not null)
            {
                return (whole.Message, whole.Payload);
            }

            if (control is ErrorMessage error)
            {
                throw new InvalidOperationException($"{error.Code}: {error.Message}");
            }
        }
    }

    /// <summary>Reads on until a control message of that kind.</summary>
    public async Task<T> ReceiveAsync<T>()
        where T : ServerMessage
    {
        while (true)
        {
            if ((await NextAsync()).Control is T message)
            {
                return message;
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The next control message, or the message that the next frame made whole; neither where a frame is one of many.</summary>
    private async Task<(ServerMessage? Control, Incoming? Whole)> NextAsync()
    {
        var length = 0;
        ValueWebSocketReceiveResult result;
        do
        {
            result = await _socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(Patience, TimeProvider.System);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                throw new WebSocketException($"closed with {_socket.CloseStatus} {_socket.CloseStatusDescription}");
            }

            length += result.Count;
        }
        while (!result.EndOfMessage);
        LargestFrame = Math.Max(LargestFrame, length);
        if (length > _receiveFrameBytes)
        {
            throw new InvalidOperationException($"a frame of {length} bytes came, {_receiveFrameBytes} were announced");
        }

        if (result.MessageType == WebSocketMessageType.Text)
        {
            if (!ControlReader.TryReadServer(_buffer.AsSpan(0, length), out var control, out var error))
            {
                throw new InvalidOperationException(error?.Message);
            }

            if (control is PayloadMessage message)
            {
                _incoming[message.Id] = new Incoming(message);
                Began?.Invoke(message);
            }

            return (control, null);
        }

        return (null, Take(length));
    }

    private Incoming? Take(int length)
    {
        if (!ChunkFrame.TryRead(_buffer.AsMemory(0, length), out var header, out var payload, out var error))
        {
            throw new InvalidOperationException(error?.Message);
        }

        var incoming = _incoming[header.Id];
        incoming.Take(header, payload.Span);
        if (!header.IsLast)
        {
            return null;
        }

        _incoming.Remove(header.Id);
        return incoming;
    }

    private sealed class Incoming(PayloadMessage message)
    {
        private readonly MemoryStream _bytes = new();
        private uint _sequence;

        public PayloadMessage Message => message;

        public byte[] Payload => _bytes.ToArray();

        public void Take(in ChunkHeader header, ReadOnlySpan<byte> payload)
        {
            if (header.Offset != _bytes.Length || header.Sequence != _sequence++ || header.TotalSize != (ulong)message.Size)
            {
                throw new InvalidOperationException($"{header} does not follow {_bytes.Length} bytes of {message.Size}");
            }

            _bytes.Write(payload);
            if (header.IsLast && (_bytes.Length != message.Size || Convert.ToHexStringLower(SHA256.HashData(_bytes.ToArray())) != message.Sha256))
            {
                throw new InvalidOperationException($"message {message.Id} came with other bytes than announced");
            }
        }
    }
}
