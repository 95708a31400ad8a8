using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Reassembly.EndToEnd.Tests.Hosting;

/// <summary>A subscriber of a bare WebSocket, apart from all code of the product: it says what it is told, and reads only when it is told.</summary>
internal sealed class RawSubscriber : IDisposable
{
    private const int HeaderBytes = 48;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[256 * 1024];

    private RawSubscriber()
    {
    }

    /// <summary>Bytes of the largest WebSocket message that came, text or binary.</summary>
    public int LargestMessage { get; private set; }

    public static async Task<RawSubscriber> ConnectAsync(Uri address)
    {
        var subscriber = new RawSubscriber();
        await subscriber._socket.ConnectAsync(address, CancellationToken.None).WaitAsync(Patience, TimeProvider.System);
        Assert.Equal("welcome", (await subscriber.ReadTextAsync()).GetProperty("type").GetString());
        return subscriber;
    }

    public Task SayAsync(string text)
        => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None).WaitAsync(Patience, TimeProvider.System);

    public Task SubscribeAsync(string channel) => SayAsync($$"""{"type":"subscribe","channel":"{{channel}}"}""");

    public Task DeliveredAsync(string id) => SayAsync($$"""{"type":"delivered","id":"{{id}}"}""");

    /// <summary>The next text message; chunks before it are thrown away.</summary>
    public async Task<JsonElement> ReadTextAsync()
    {
        while (true)
        {
            if (await ReadAsync() is ({ } text, _))
            {
                return text;
            }
        }
    }

    /// <summary>The next text message, which must be an error.</summary>
    /// <returns>Its code, and the message that it is about, where it says one.</returns>
    public async Task<(string? Code, string? Id)> ReadErrorAsync()
    {
        var error = await ReadTextAsync();
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        return (error.GetProperty("code").GetString(), error.TryGetProperty("id", out var id) ? id.GetString() : null);
    }

    /// <summary>Reads the chunks of one message to its end, each of which must follow the one before.</summary>
    public async Task<byte[]> ReadPayloadAsync(long size)
    {
        var payload = new MemoryStream();
        for (var sequence = 0u; ; sequence++)
        {
            var (text, frame) = await ReadAsync();
            Assert.Null(text);
            var header = frame[..HeaderBytes].ToArray();
            Assert.Equal((sequence, payload.Length, size), (
                BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)), BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(24)), BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(32))));
            payload.Write(frame[HeaderBytes..].Span);
            if ((header[2] & 1) != 0)
            {
                return payload.ToArray();
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task<(JsonElement? Text, ReadOnlyMemory<byte> Frame)> ReadAsync()
    {
        var length = 0;
        while (true)
        {
            var result = await _socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(Patience, TimeProvider.System);
            length += result.Count;
            LargestMessage = Math.Max(LargestMessage, length);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                throw new WebSocketException($"closed with {_socket.CloseStatus} {_socket.CloseStatusDescription}");
            }

            if (result.EndOfMessage)
            {
                var message = _buffer.AsMemory(0, length);
                return result.MessageType == WebSocketMessageType.Text ? (JsonDocument.Parse(message.ToArray()).RootElement, default) : (null, message);
            }
        }
    }
}
