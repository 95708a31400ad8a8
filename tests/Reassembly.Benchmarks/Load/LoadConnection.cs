using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Benchmarks.Load;

/// <summary>
/// One connection that sends messages of ready-made bytes, one at a time or many at once, and hears what becomes of them; it obeys credit where
/// acks name one. One caller sends at a time.
/// </summary>
internal sealed class LoadConnection : IAsyncDisposable
{
    /// <summary>Largest frame that a server takes as it is shipped.</summary>
    public const int DefaultFrameBytes = 64 * 1024;

    private const long FirstCredit = 8L << 20;

    private readonly ClientWebSocket _socket = new();
    private readonly FrameSource _frames;
    private readonly ConcurrentDictionary<MessageId, Upload> _uploads = new();
    private readonly CancellationTokenSource _end = new();
    private readonly bool _hasCredit;
    private Exception? _failure;
    private Task _reader = Task.CompletedTask;

    private LoadConnection(bool hasCredit, int frameBytes)
    {
        _hasCredit = hasCredit;
        _frames = new FrameSource(frameBytes);
    }

    public int ChunkBytes => _frames.ChunkBytes;

    /// <summary>Connects.</summary>
    /// <param name="uri">Where to.</param>
    /// <param name="hasCredit">Whether the server names a credit; one that does not is sent all at once.</param>
    /// <param name="frameBytes">Size of a frame, header included.</param>
    public static async Task<LoadConnection> OpenAsync(Uri uri, bool hasCredit, int frameBytes = DefaultFrameBytes)
    {
        var connection = new LoadConnection(hasCredit, frameBytes);
        connection._socket.Options.AddSubProtocol(WireProtocol.Subprotocol);
        await connection._socket.ConnectAsync(uri, CancellationToken.None);
        connection._reader = connection.ReadAsync();
        return connection;
    }

    /// <summary>Begins a message of which nothing has been said.</summary>
    /// <param name="ended">Called when it is committed.</param>
    public Upload NewUpload(Action<Upload>? ended = null)
        => Track(new Upload(MessageId.NewVersion7(TimeProvider.System.GetUtcNow()), _hasCredit ? FirstCredit : long.MaxValue, ended));

    /// <summary>Hears of a message that goes over this connection, too.</summary>
    public Upload Track(Upload upload)
    {
        _uploads[upload.Id] = upload;
        if (Volatile.Read(ref _failure) is { } failure)
        {
            upload.Fail(failure);
        }

        return upload;
    }

    /// <summary>Sends a whole message and waits until it is committed.</summary>
    /// <returns>Its id.</returns>
    public Task<MessageId> SendAsync(long size) => SendAsync(size, (id, offset) => _frames.Frame(id, offset, size));

    /// <summary>Sends a message of these bytes and waits until it is committed.</summary>
    /// <returns>Its id.</returns>
    public Task<MessageId> SendAsync(ReadOnlyMemory<byte> payload)
        => SendAsync(payload.Length, (id, offset) => _frames.Frame(id, offset, payload.Span));

    /// <summary>Sends the chunk at an offset, once there is credit for it.</summary>
    public ValueTask SendChunkAsync(Upload upload, long offset, long size)
        => SendChunkAsync(upload, offset, size, (id, at) => _frames.Frame(id, at, size));

    /// <summary>Sends the first chunk of a message that goes on no further, and waits for its ack.</summary>
    public async Task BeginAsync(int bytes)
    {
        var upload = NewUpload();
        var frame = new FrameSource(bytes + 48).Frame(upload.Id, 0, 1 << 20);
        await _socket.SendAsync(frame, WebSocketMessageType.Binary, true, CancellationToken.None);
        await upload.Acked;
        _uploads.TryRemove(upload.Id, out _);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reader.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _end.Dispose();
    }

    private async Task<MessageId> SendAsync(long size, Func<MessageId, long, ReadOnlyMemory<byte>> frame)
    {
        var upload = NewUpload();
        for (var offset = 0L; offset < size; offset += _frames.ChunkBytes)
        {
            await SendChunkAsync(upload, offset, size, frame);
        }

        await upload.Committed;
        return upload.Id;
    }

    private async ValueTask SendChunkAsync(Upload upload, long offset, long size, Func<MessageId, long, ReadOnlyMemory<byte>> frame)
    {
        await upload.WaitForCreditAsync(Math.Min(offset + _frames.ChunkBytes, size));
        await _socket.SendAsync(frame(upload.Id, offset), WebSocketMessageType.Binary, true, CancellationToken.None);
    }

    private async Task ReadAsync()
    {
        try
        {
            await ReadToEndAsync();
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _failure, exception);
            foreach (var upload in _uploads.Values)
            {
                upload.Fail(exception);
            }
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

            if (result.MessageType == WebSocketMessageType.Close)
            {
                throw new InvalidOperationException($"the server closed: {_socket.CloseStatus} {_socket.CloseStatusDescription}");
            }

            Take(buffer.AsSpan(0, length));
        }
    }

    private void Take(ReadOnlySpan<byte> text)
    {
        if (!ControlReader.TryReadServer(text, out var message, out _) || message is ErrorMessage)
        {
            throw new InvalidOperationException($"the server ended the run: {Encoding.UTF8.GetString(text)}");
        }

        if (message is AckMessage ack && _uploads.TryGetValue(ack.Id, out var open))
        {
            open.Ack(ack.Credit);
        }
        else if (message is OutcomeMessage outcome)
        {
            if (outcome.State != OutcomeState.Committed)
            {
                throw new InvalidOperationException($"message {outcome.Id} ended as {Encoding.UTF8.GetString(text)}");
            }

            if (_uploads.TryRemove(outcome.Id, out var ended))
            {
                ended.Commit();
            }
        }
    }
}
