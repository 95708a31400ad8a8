using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Reassembly.Edge.Tests.Hosting;

/// <summary>A peer that writes RFC 6455 by hand, so that it can write it wrong.</summary>
internal sealed class RawSocketPeer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client = new();
    private NetworkStream _stream = null!;

    public static async Task<RawSocketPeer> ConnectAsync(EdgeHost host, string path = "/ws")
    {
        var peer = new RawSocketPeer();
        await peer._client.ConnectAsync(IPAddress.Loopback, host.Port);
        peer._stream = peer._client.GetStream();
        await peer.SendBytesAsync(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        var head = new List<byte>();
        while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            head.Add((await peer.ReadExactlyAsync(1))[0]);
        }

        Assert.StartsWith("HTTP/1.1 101", Encoding.ASCII.GetString(head.ToArray()), StringComparison.Ordinal);
        return peer;
    }

    /// <summary>A frame header: first byte as given, masked with zeros unless said otherwise.</summary>
    public static byte[] Header(byte first, ulong length, bool masked = true)
    {
        var mask = masked ? 0x80 : 0;
        byte[] header = [first, (byte)(mask | 127), 0, 0, 0, 0, 0, 0, 0, 0];
        if (length <= 125)
        {
            header = [first, (byte)(mask | (int)length)];
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(2), length);
        }

        return masked ? [.. header, 0, 0, 0, 0] : header;
    }

    public static byte[] Frame(byte first, byte[] payload) => [.. Header(first, (ulong)payload.Length), .. payload];

    public Task SendBytesAsync(byte[] bytes) => _stream.WriteAsync(bytes).AsTask().WaitAsync(Limit);

    /// <summary>Reads until the connection is over, closed or cut.</summary>
    public async Task ReadToEndAsync()
    {
        try
        {
            while (await _stream.ReadAsync(new byte[4096]).AsTask().WaitAsync(Limit) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Cut.
        }
    }

    /// <summary>The next frame of the server.</summary>
    public async Task<(int Opcode, byte[] Payload)> ReadFrameAsync()
    {
        var start = await ReadExactlyAsync(2);
        var length = start[1] & 0x7F;
        if (length == 126)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(await ReadExactlyAsync(2));
        }

        return (start[0] & 0x0F, await ReadExactlyAsync(length));
    }

    /// <summary>Reads to the close frame: its code and reason, and the text messages before it.</summary>
    public async Task<(int Code, string Reason, List<string> Texts)> ReadCloseAsync()
    {
        var texts = new List<string>();
        while (true)
        {
            var (opcode, payload) = await ReadFrameAsync();
            if (opcode == 8)
            {
                return (BinaryPrimitives.ReadUInt16BigEndian(payload), Encoding.UTF8.GetString(payload.AsSpan(2)), texts);
            }

            texts.Add(Encoding.UTF8.GetString(payload));
        }
    }

    public async Task<bool> IsAtEndAsync() => await _stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Limit) == 0;

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Limit);
        return bytes;
    }
}
