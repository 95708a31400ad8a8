using System.Buffers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.Testing;

/// <summary>A client that knows the frames and nothing else: it sends what it is told and hands over every answer.</summary>
public sealed class Peer : IDisposable
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(90);

    private readonly TimeSpan _patience;
    private readonly byte[] _buffer = new byte[128 * 1024];

    private Peer(TimeSpan patience) => _patience = patience;

    public ClientWebSocket Socket { get; } = new();

    /// <summary>Is shown every message, besides whoever waits for one.</summary>
    public Action<ServerMessage>? Heard { get; set; }

    public WelcomeMessage Welcome { get; private set; } = null!;

    /// <param name="address">Where to.</param>
    /// <param name="patience">How long to wait for the server, each time; 90 s where nothing is said.</param>
    /// <exception cref="TimeoutException">It took longer, here or in any later call.</exception>
    public static async Task<Peer> ConnectAsync(Uri address, TimeSpan? patience = null)
    {
        var peer = new Peer(patience ?? DefaultPatience);
        try
        {
            peer.Socket.Options.AddSubProtocol(WireProtocol.Subprotocol);
            await peer.Socket.ConnectAsync(address, CancellationToken.None).WaitAsync(peer._patience, TimeProvider.System);
            var first = await peer.ReceiveAsync();
            peer.Welcome = first as WelcomeMessage ?? throw new InvalidOperationException($"the first message is not welcome: {first}");
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
        => Socket.SendAsync(frame, type, end, CancellationToken.None).WaitAsync(_patience, TimeProvider.System);

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
            var result = await Socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(_patience, TimeProvider.System);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            length += result.Count;
            if (result.EndOfMessage)
            {
                if (!ControlReader.TryReadServer(_buffer.AsSpan(0, length), out var message, out var error))
                {
                    throw new InvalidOperationException(error?.Message);
                }

                Heard?.Invoke(message!);
                return message;
            }
        }
    }

    public async Task<ServerMessage> ReceiveAsync()
        => await ReceiveOrEndAsync() ?? throw new InvalidOperationException($"the server closed with {Socket.CloseStatus} {Socket.CloseStatusDescription}");

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
        if ((outcome.State, outcome.Size, outcome.Sha256) != (OutcomeState.Committed, 3000L, Convert.ToHexStringLower(SHA256.HashData(payload))))
        {
            throw new InvalidOperationException($"an honest message ended as {outcome}");
        }
    }

    public void Dispose() => Socket.Dispose();
}
