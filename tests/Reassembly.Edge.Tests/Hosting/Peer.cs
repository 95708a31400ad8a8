using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.Edge.Tests.Hosting;

/// <summary>A client of the edge over the WebSocket of .NET.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly byte[] _buffer = new byte[1 << 20];

    public ClientWebSocket Socket { get; } = new();

    /// <summary>The server's first message.</summary>
    public WelcomeMessage Welcome { get; private set; } = null!;

    public static async Task<Peer> ConnectAsync(
        EdgeHost host, string path = "/ws", string? subprotocol = WireProtocol.Subprotocol, Action<ClientWebSocketOptions>? configure = null)
    {
        var peer = new Peer();
        configure?.Invoke(peer.Socket.Options);
        if (subprotocol is not null)
        {
            peer.Socket.Options.AddSubProtocol(subprotocol);
        }

        await peer.Socket.ConnectAsync(host.Address(path), CancellationToken.None);
        if (path.EndsWith("/ws", StringComparison.Ordinal))
        {
            peer.Welcome = await peer.ReceiveAsync<WelcomeMessage>();
        }

        return peer;
    }

    public static byte[] Chunk(MessageId id, long offset, ReadOnlySpan<byte> payload, bool last = false, ulong total = ChunkHeader.UnknownSize, uint sequence = 0)
    {
        var frame = new byte[ChunkHeader.Size + payload.Length];
        var header = new ChunkHeader { Id = id, Offset = offset, PayloadLength = payload.Length, IsLast = last, TotalSize = total, Sequence = sequence };
        ChunkFrame.WriteHeader(frame, header, payload);
        payload.CopyTo(frame.AsSpan(ChunkHeader.Size));
        return frame;
    }

    public static MessageId NewId() => new(Guid.NewGuid());

    public Task SendAsync(byte[] frame, WebSocketMessageType type = WebSocketMessageType.Binary, bool end = true)
        => Socket.SendAsync(frame, type, end, CancellationToken.None).WaitAsync(Limit);

    public Task SendTextAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(ClientMessage message)
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        ControlWriter.Write(writer, message);
        return SendAsync(writer.WrittenSpan.ToArray(), WebSocketMessageType.Text);
    }

    /// <summary>The next text message, whole; null when the server closed.</summary>
    public async Task<byte[]?> ReceiveTextAsync()
    {
        var length = 0;
        while (true)
        {
            var result = await Socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(Limit);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += result.Count;
            if (result.EndOfMessage)
            {
                return _buffer[..length];
            }
        }
    }

    public async Task<ServerMessage> ReceiveAsync()
    {
        var text = await ReceiveTextAsync();
        Assert.True(text is not null, $"the server closed with {Socket.CloseStatus} {Socket.CloseStatusDescription}");
        Assert.True(ControlReader.TryReadServer(text, out var message, out var error), error?.Message);
        return message!;
    }

    public async Task<T> ReceiveAsync<T>()
        where T : ServerMessage
        => Assert.IsType<T>(await ReceiveAsync());

    /// <summary>Reads on until the message that is looked for.</summary>
    public async Task<T> ReceiveUntilAsync<T>(Func<T, bool>? condition = null)
        where T : ServerMessage
    {
        while (true)
        {
            if (await ReceiveAsync() is T message && (condition is null || condition(message)))
            {
                return message;
            }
        }
    }

    /// <summary>Shows that the connection lives: whatever was sent before has been handled.</summary>
    public async Task AssertAliveAsync()
    {
        var nonce = Guid.NewGuid().ToString();
        await SendTextAsync($$"""{"type":"ping","nonce":"{{nonce}}"}""");
        await ReceiveUntilAsync<PongMessage>(pong => pong.Nonce.ValueKind == JsonValueKind.String && pong.Nonce.GetString() == nonce);
    }

    public async Task<WebSocketCloseStatus?> ReceiveCloseAsync()
    {
        while (await ReceiveTextAsync() is not null)
        {
        }

        return Socket.CloseStatus;
    }

    public void Dispose() => Socket.Dispose();
}
