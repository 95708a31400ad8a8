using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Reassembly.Testing.Proxying;

/// <summary>A proxy that looks into WebSocket frames and refuses those that are too big, in front of any server. It listens on loopback.</summary>
public sealed class FrameProxy : IAsyncDisposable
{
    private const int TooBig = 1009;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _target;
    private readonly FrameProxyRules _rules;
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private readonly Lock _counting = new();
    private TaskCompletionSource _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _upLimit = long.MaxValue;
    private long _up;

    /// <param name="target">Where the server is.</param>
    public FrameProxy(Uri target, FrameProxyRules rules)
    {
        _target = target;
        _rules = rules;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The address of the target, through the proxy.</summary>
    public Uri Address => new UriBuilder(_target) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;

    /// <summary>Frames that were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Whether the connection was torn down that <see cref="FrameProxyRules.ResetAfterUpBytes"/> names.</summary>
    public bool WasReset { get; private set; }

    /// <summary>Payload of the largest frame that it let through to the server, in bytes.</summary>
    public long LargestUpBytes { get; private set; }

    /// <summary>
    /// So many bytes of payload from clients go through to the server, over all connections; the frame that would exceed them, and all
    /// behind it, waits until there are more.
    /// </summary>
    public long UpLimit
    {
        get
        {
            lock (_counting)
            {
                return _upLimit;
            }
        }

        set
        {
            TaskCompletionSource raised;
            lock (_counting)
            {
                _upLimit = value;
                raised = _raised;
                _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            raised.SetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_end.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(Socket accepted)
    {
        using var client = accepted;
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await server.ConnectAsync(_target.Host, _target.Port, _end.Token);
            await using var up = new NetworkStream(server);
            await using var down = new NetworkStream(client);
            await CopyHeadAsync(down, up);
            var upgraded = await CopyHeadAsync(up, down);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            using var writing = new SemaphoreSlim(1, 1);
            Task[] ways = upgraded
                ? [CopyFramesAsync(down, up, client, _rules.MaxUpBytes, isUp: true, writing, over.Token), CopyFramesAsync(up, down, client, _rules.MaxDownBytes, isUp: false, writing, over.Token)]
                : [down.CopyToAsync(up, over.Token), up.CopyToAsync(down, over.Token)];
            await Task.WhenAny(ways);
            await over.CancelAsync();
            await Task.WhenAll(ways).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side has gone.
        }
    }

    /// <returns>Whether what it copied accepts an upgrade.</returns>
    private async Task<bool> CopyHeadAsync(NetworkStream from, NetworkStream to)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            await from.ReadExactlyAsync(one, _end.Token);
            head.Add(one[0]);
        }

        await to.WriteAsync(head.ToArray(), _end.Token);
        return Encoding.Latin1.GetString(head.ToArray()).StartsWith("HTTP/1.1 101", StringComparison.Ordinal);
    }

    private async Task CopyFramesAsync(NetworkStream from, NetworkStream to, Socket client, long max, bool isUp, SemaphoreSlim writing, CancellationToken cancellationToken)
    {
        var head = new byte[14];
        var buffer = new byte[65_536];
        while (true)
        {
            await from.ReadExactlyAsync(head.AsMemory(0, 2), cancellationToken);
            var headBytes = 2 + ((head[1] & 0x7f) switch { 126 => 2, 127 => 8, _ => 0 }) + ((head[1] & 0x80) != 0 ? 4 : 0);
            await from.ReadExactlyAsync(head.AsMemory(2, headBytes - 2), cancellationToken);
            var length = (head[1] & 0x7f) switch
            {
                126 => BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)),
                127 => BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(2)),
                var few => few,
            };
            var tooBig = length > max;
            var isHidden = !isUp && !_rules.LetsPongsThrough && (head[0] & 0x0f) == 10;
            if (tooBig)
            {
                lock (_counting)
                {
                    Refused++;
                }

                if (_rules.Refusal == FrameRefusal.Reset)
                {
                    Reset(client);
                    return;
                }

                if (_rules.Refusal == FrameRefusal.Close)
                {
                    await CloseAsync(client, writing, cancellationToken);
                    await DrainAsync(client, buffer, cancellationToken);
                    return;
                }
            }

            if (isUp && !tooBig && await CountUpAsync(length, cancellationToken))
            {
                Reset(client);
                return;
            }

            await CopyAsync(from, to, head.AsMemory(0, headBytes), length, buffer, hide: tooBig || isHidden, isUp ? null : writing, cancellationToken);
        }
    }

    /// <returns>Whether the connection ends here.</returns>
    private async Task<bool> CountUpAsync(long length, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task raised;
            lock (_counting)
            {
                if (_up + length <= _upLimit)
                {
                    _up += length;
                    if (_up >= _rules.ResetAfterUpBytes && !WasReset)
                    {
                        WasReset = true;
                        return true;
                    }

                    LargestUpBytes = Math.Max(LargestUpBytes, length);
                    return false;
                }

                raised = _raised.Task;
            }

            await raised.WaitAsync(cancellationToken);
        }
    }

    private static void Reset(Socket client)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Close();
    }

    private static async Task CopyAsync(
        NetworkStream from, NetworkStream to, ReadOnlyMemory<byte> head, long length, byte[] buffer, bool hide, SemaphoreSlim? writing, CancellationToken cancellationToken)
    {
        if (writing is not null)
        {
            await writing.WaitAsync(cancellationToken);
        }

        try
        {
            if (!hide)
            {
                await to.WriteAsync(head, cancellationToken);
            }

            while (length > 0)
            {
                var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length));
                await from.ReadExactlyAsync(part, cancellationToken);
                length -= part.Length;
                if (!hide)
                {
                    await to.WriteAsync(part, cancellationToken);
                }
            }
        }
        finally
        {
            writing?.Release();
        }
    }

    private async Task CloseAsync(Socket client, SemaphoreSlim writing, CancellationToken cancellationToken)
    {
        var reason = Encoding.UTF8.GetBytes(_rules.Reason);
        var frame = new byte[4 + reason.Length];
        frame[0] = 0x88;
        frame[1] = (byte)(2 + reason.Length);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), TooBig);
        reason.CopyTo(frame.AsSpan(4));
        await writing.WaitAsync(cancellationToken);
        try
        {
            await client.SendAsync(frame, cancellationToken);
        }
        finally
        {
            writing.Release();
        }

        client.Shutdown(SocketShutdown.Send);
    }

    // Without it what the client is still sending would turn the end into a reset, and the close frame might be lost.
    private static async Task DrainAsync(Socket client, byte[] buffer, CancellationToken cancellationToken)
    {
        while (await client.ReceiveAsync(buffer, cancellationToken) > 0)
        {
        }
    }
}
