using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Reassembly.Benchmarks.Load;
using Reassembly.Edge;
using Reassembly.Protocol;
using Reassembly.Storage.Disk;

namespace Reassembly.Benchmarks.Micro;

/// <summary>
/// The whole way of a chunk in one process: Kestrel, edge, session, disk store, ack. The sender beside it is a bare socket that
/// allocates nothing a chunk, so what is allocated is the server's.
/// </summary>
internal sealed class EdgeToStore : IAsyncDisposable
{
    /// <summary>A client's WebSocket frame header for more than 65,535 bytes, or up to that, with a mask of zeros: the payload goes as it is.</summary>
    private const int LongHeader = 14;
    private const int ShortHeader = 8;

    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly Socket _socket;
    private readonly FrameSource _frames;
    private readonly byte[] _received = new byte[64 * 1024];
    private readonly byte[] _header = new byte[LongHeader];
    private int _carried;

    private EdgeToStore(WebApplication app, string folder, Socket socket, int frameBytes)
    {
        _frames = new FrameSource(frameBytes);
        _app = app;
        _folder = folder;
        _socket = socket;
    }

    public int ChunkBytes => _frames.ChunkBytes;

    public static async Task<EdgeToStore> StartAsync(int frameBytes = 64 * 1024)
    {
        var folder = Directory.CreateTempSubdirectory("reassembly-bench-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["Reassembly:Disk:Path"] = folder;
        builder.Configuration["Reassembly:Limits:RetentionSeconds"] = "1";
        builder.Services.AddReassembly().UseDiskStorage();
        var app = builder.Build();
        app.MapReassembly("/ws");
        await app.StartAsync();

        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.First()).Port);
        var host = new EdgeToStore(app, folder, socket, frameBytes);
        host.Upgrade();
        return host;
    }

    /// <summary>Sends one message chunk by chunk and reads until its outcome.</summary>
    public void Send(int chunks)
    {
        var id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow());
        var size = (long)chunks * _frames.ChunkBytes;
        var committed = false;
        for (var offset = 0L; offset < size; offset += _frames.ChunkBytes)
        {
            SendFrame(_frames.Frame(id, offset, size).Span);
            while (_socket.Available > 0)
            {
                committed |= Received("\"committed\""u8);
            }
        }

        while (!committed)
        {
            committed = Received("\"committed\""u8);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private void Upgrade()
    {
        var request = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {WireProtocol.Subprotocol}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        SendAll(Encoding.ASCII.GetBytes(request));
        while (!Received("\"welcome\""u8))
        {
        }
    }

    private void SendFrame(ReadOnlySpan<byte> payload)
    {
        _header[0] = 0x82;
        int length;
        if (payload.Length > ushort.MaxValue)
        {
            _header[1] = 0x80 | 127;
            BinaryPrimitives.WriteInt64BigEndian(_header.AsSpan(2), payload.Length);
            length = LongHeader;
        }
        else
        {
            _header[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(_header.AsSpan(2), (ushort)payload.Length);
            length = ShortHeader;
        }

        _header.AsSpan(length - 4, 4).Clear();
        SendAll(_header.AsSpan(0, length));
        SendAll(payload);
    }

    /// <summary>Reads once and says whether a text has come, also where it came in two pieces.</summary>
    private bool Received(ReadOnlySpan<byte> text)
    {
        var length = _carried + _socket.Receive(_received.AsSpan(_carried));
        var found = _received.AsSpan(0, length).IndexOf(text) >= 0;
        _carried = found ? 0 : Math.Min(length, text.Length - 1);
        _received.AsSpan(length - _carried, _carried).CopyTo(_received);
        return found;
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }
}
