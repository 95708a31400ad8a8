using System.Net.WebSockets;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Benchmarks.Load;

/// <summary>One connection that sends messages of ready-made bytes and waits for their outcomes; it obeys credit where acks name one.</summary>
internal sealed class LoadConnection : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly FrameSource _frames = new(64 * 1024);
    private readonly SemaphoreSlim _news = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly bool _hasCredit;
    private Task _reader = Task.CompletedTask;
    private long _credit;
    private int _outcomes;
    private int _acks;

    private LoadConnection(bool hasCredit)
    {
        _hasCredit = hasCredit;
    }

    public int ChunkBytes => _frames.ChunkBytes;

    public static async Task<LoadConnection> OpenAsync(Uri uri, bool hasCredit)
    {
        var connection = new LoadConnection(hasCredit);
        connection._socket.Options.AddSubProtocol(WireProtocol.Subprotocol);
        await connection._socket.ConnectAsync(uri, CancellationToken.None);
        connection._reader = connection.ReadAsync();
        return connection;
    }

    /// <summary>Sends a whole message and waits for its outcome.</summary>
    /// <returns>Its id.</returns>
    public async Task<MessageId> SendAsync(long size)
    {
        var id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow());
        var outcomes = Volatile.Read(ref _outcomes);
        Volatile.Write(ref _credit, 8L << 20);
        for (var offset = 0L; offset < size; offset += _frames.ChunkBytes)
        {
            while (_hasCredit && offset + _frames.ChunkBytes > Volatile.Read(ref _credit) && Volatile.Read(ref _outcomes) == outcomes)
            {
                await WaitForNewsAsync();
            }

            await _socket.SendAsync(_frames.Frame(id, offset, size), WebSocketMessageType.Binary, true, CancellationToken.None);
        }

        while (Volatile.Read(ref _outcomes) == outcomes)
        {
            await WaitForNewsAsync();
        }

        return id;
    }

    /// <summary>Sends the first chunk of a message that goes on no further, and waits for its ack.</summary>
    public async Task BeginAsync(int bytes)
    {
        var acks = Volatile.Read(ref _acks);
        var id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow());
        var frame = new FrameSource(bytes + 48).Frame(id, 0, 1 << 20);
        await _socket.SendAsync(frame, WebSocketMessageType.Binary, true, CancellationToken.None);
        while (Volatile.Read(ref _acks) == acks)
        {
            await WaitForNewsAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reader.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _news.Dispose();
        _end.Dispose();
    }

    /// <summary>Waits for the next thing the server says; fails where it will say nothing more.</summary>
    private async Task WaitForNewsAsync()
    {
        await _news.WaitAsync();
        if (_reader.IsCompleted)
        {
            await _reader;
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await ReadToEndAsync();
        }
        finally
        {
            _news.Release();
        }
    }

    private async Task ReadToEndAsync()
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            ValueWebSocketReceiveResult result;
            var length = 0;
            do
            {
                result = await _socket.ReceiveAsync(buffer.AsMemory(length), _end.Token);
                length += result.Count;
            }
            while (!result.EndOfMessage);

            var text = buffer.AsSpan(0, length);
            if (result.MessageType == WebSocketMessageType.Close || text.IndexOf("\"type\":\"error\""u8) >= 0)
            {
                throw new InvalidOperationException($"the server ended the run: {_socket.CloseStatus} {System.Text.Encoding.UTF8.GetString(text)}");
            }

            if (text.IndexOf("\"type\":\"outcome\""u8) >= 0)
            {
                Interlocked.Increment(ref _outcomes);
            }
            else if (ControlReader.TryReadServer(text, out var message, out _) && message is AckMessage ack)
            {
                Volatile.Write(ref _credit, ack.Credit);
                Interlocked.Increment(ref _acks);
            }

            _news.Release();
        }
    }
}
