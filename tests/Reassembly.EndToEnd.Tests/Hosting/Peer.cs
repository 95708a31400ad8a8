using System.Buffers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.EndToEnd.Tests.Hosting;

/// <summary>A client that knows the frames and nothing else: it sends what it is told and hands over every answer.</summary>
internal sealed class Peer : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly byte[] _buffer = new byte[128 * 1024];

    public ClientWebSocket Socket { get; } = new();

    /// <summary>Is shown every message, besides whoever waits for one.</summary>
    public Action<ServerMessage>? Heard { get; set; }

    public WelcomeMessage Welcome { get; private set; } = null!;

    public static async Task<Peer> ConnectAsync(Uri address)
    {
        var peer = new Peer();
        try
        {
            peer.Socket.Options.AddSubProtocol(WireProtocol.Subprotocol);
            await peer.Socket.ConnectAsync(address, CancellationToken.None).WaitAsync(Limit, TimeProvider.System);
            peer.Welcome = Assert.IsType<WelcomeMessage>(await peer.ReceiveAsync());
            return peer;
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    public static MessageId NewId() => new(Guid.NewGuid());

    public static byte[] Chunk(MessageId id, long offset, ReadOnlySpan<byte> payload, bool last = false, ulong total = ChunkHeader.UnknownSize, uint sequence = 0)
    {
        var frame = new byte[ChunkHeader.Size + payload.Length];
        var header = new ChunkHeader { Id = id, Offset = offset, PayloadLength = payload.Length, IsLast = last, TotalSize = total, Sequence = sequence };
        ChunkFrame.WriteHeader(frame, header, payload);
        payload.CopyTo(frame.AsSpan(ChunkHeader.Size));
        return frame;
    }

    public Task SendAsync(byte[] frame, WebSocketMessageType type = WebSocketMessageType.Binary, bool end = true)
        => Socket.SendAsync(frame, type, end, CancellationToken.None).WaitAsync(Limit, TimeProvider.System);

    public Task SendTextAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(ClientMessage message)
    {
        var writer = new ArrayBufferWriter<byte>();
        ControlWriter.Write(writer, message);
        return SendAsync(writer.WrittenSpan.ToArray(), WebSocketMessageType.Text);
    }

    /// <summary>The next message; null when the server has closed.</summary>
    public async Task<ServerMessage?> ReceiveOrEndAsync()
    {
        var length = 0;
        while (true)
        {
            var result = await Socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(Limit, TimeProvider.System);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += result.Count;
            if (result.EndOfMessage)
            {
                Assert.True(ControlReader.TryReadServer(_buffer.AsSpan(0, length), out var message, out var error), error?.Message);
                Heard?.Invoke(message!);
                return message;
            }
        }
    }

    public async Task<ServerMessage> ReceiveAsync()
    {
        var message = await ReceiveOrEndAsync();
        Assert.True(message is not null, $"the server closed with {Socket.CloseStatus} {Socket.CloseStatusDescription}");
        return message;
    }

    /// <summary>Reads on until the message that is looked for.</summary>
    public async Task<T> ReceiveAsync<T>(Func<T, bool>? condition = null)
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

    public Task<OutcomeMessage> OutcomeAsync(MessageId id) => ReceiveAsync<OutcomeMessage>(outcome => outcome.Id == id);

    /// <summary>Shows that the connection serves: a message of two chunks goes through and has the right digest.</summary>
    public async Task CommitHonestAsync()
    {
        var id = NewId();
        var payload = RandomNumberGenerator.GetBytes(3000);
        await SendAsync(Chunk(id, 0, payload.AsSpan(0, 2000)));
        await SendAsync(Chunk(id, 2000, payload.AsSpan(2000), last: true, sequence: 1));
        var outcome = await OutcomeAsync(id);
        Assert.Equal(
            (OutcomeState.Committed, 3000L, Convert.ToHexStringLower(SHA256.HashData(payload))),
            (outcome.State, outcome.Size!.Value, outcome.Sha256));
    }

    public void Dispose() => Socket.Dispose();
}
