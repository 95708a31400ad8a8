using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Reassembly.Edge.Sending;

namespace Reassembly.Edge.Connections;

/// <summary>
/// Ends a connection so that the peer sees the close code: what waits goes out, then the close frame, and then the connection's
/// reader goes on reading and discarding until the peer's close frame, for <see cref="DrainTime"/> at most. A connection that is
/// dropped with unread bytes is reset, and the peer would see 1006 instead.
/// </summary>
internal sealed class ConnectionCloser : IAsyncDisposable
{
    /// <summary>How long the peer has to answer the close frame.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    private const int LongestReason = 123;

    private readonly WebSocket _socket;
    private readonly OutboundQueue _outbound;
    private readonly ITimer _deadline;
    private readonly ILogger _log;
    private readonly string _connection;
    private readonly TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _begun;

    public ConnectionCloser(WebSocket socket, OutboundQueue outbound, string connection, TimeProvider time, ILogger log)
    {
        _socket = socket;
        _outbound = outbound;
        _connection = connection;
        _log = log;
        _deadline = time.CreateTimer(static state => ((WebSocket)state!).Abort(), socket, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether this side is closing: the reader handles nothing more.</summary>
    public bool HasBegun => Volatile.Read(ref _begun) != 0;

    /// <summary>Says what waits, then closes this side. Only the first call counts.</summary>
    /// <param name="status">The close code.</param>
    /// <param name="reason">A sentence for the peer.</param>
    /// <param name="before">Something that may still have to be said, waited for up to <paramref name="patience"/>.</param>
    /// <param name="patience">How long.</param>
    /// <param name="time">The clock that counts it.</param>
    public async Task BeginAsync(WebSocketCloseStatus status, string reason, Task? before = null, TimeSpan patience = default, TimeProvider? time = null)
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            return;
        }

        EdgeLog.Closing(_log, _connection, (int)status, reason);
        if (before is not null)
        {
            await before.WaitAsync(patience, time ?? TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await SendCloseAsync(status, reason);
    }

    /// <summary>Answers the peer's close frame; completes when the close frame of this side went out, whoever began.</summary>
    public Task AnswerAsync()
        => Interlocked.Exchange(ref _begun, 1) == 0 ? SendCloseAsync(EchoOf(_socket.CloseStatus), string.Empty) : _said.Task;

    public ValueTask DisposeAsync() => _deadline.DisposeAsync();

    private async Task SendCloseAsync(WebSocketCloseStatus status, string reason)
    {
        _deadline.Change(OutboundQueue.SendTimeout, Timeout.InfiniteTimeSpan);
        await _outbound.CompleteAsync();
        try
        {
            await _socket.CloseOutputAsync(status, Shorten(reason), CancellationToken.None);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The connection is gone already: there is nobody to tell.
        }

        _deadline.Change(DrainTime, Timeout.InfiniteTimeSpan);
        _said.TrySetResult();
    }

    private static WebSocketCloseStatus EchoOf(WebSocketCloseStatus? status)
        => (int?)status is (>= 1000 and <= 1003) or (>= 1007 and <= 1011) or (>= 3000 and <= 4999) ? status!.Value : WebSocketCloseStatus.NormalClosure;

    private static string Shorten(string reason)
    {
        while (Encoding.UTF8.GetByteCount(reason) > LongestReason)
        {
            reason = reason[..^1];
        }

        return reason;
    }
}
