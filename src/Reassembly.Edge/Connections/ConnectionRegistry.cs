using System.Net.WebSockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Reassembly.Edge.Lanes;
using Reassembly.Edge.Settings;

namespace Reassembly.Edge.Connections;

/// <summary>
/// The connections of this node, and their end when the host stops: <c>goaway</c>, time to leave, then 1001. All of it fits
/// into the host's shutdown timeout with a second to spare; where nobody is connected it takes no time. The clients are sent away
/// one after the other over half of the time to leave, so that they do not all come to the next node at the same moment.
/// </summary>
internal sealed class ConnectionRegistry : IDisposable
{
    private static readonly TimeSpan Spare = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<EdgeConnection, LaneTable> _connections = [];
    private readonly TaskCompletionSource _allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _onStopping;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly TimeSpan _grace;
    private readonly TimeSpan _closing;
    private bool _stopping;

    public ConnectionRegistry(
        IHostApplicationLifetime lifetime, IOptions<EdgeOptions> options, IOptions<HostOptions> host, TimeProvider time, ILogger<ConnectionRegistry> log)
    {
        _time = time;
        _log = log;
        var whole = Max(host.Value.ShutdownTimeout - Spare, TimeSpan.Zero);
        _closing = Min(ConnectionCloser.DrainTime, whole / 2);
        _grace = Min(TimeSpan.FromSeconds(options.Value.DrainSeconds), whole - _closing);
        _onStopping = lifetime.ApplicationStopping.Register(() => _ = DrainAsync());
    }

    /// <summary>Whether new connections are refused.</summary>
    public bool IsStopping
    {
        get
        {
            lock (_gate)
            {
                return _stopping;
            }
        }
    }

    public void Add(EdgeConnection connection, LaneTable lanes)
    {
        bool late;
        lock (_gate)
        {
            _connections.Add(connection, lanes);
            late = _stopping;
        }

        if (late)
        {
            _ = CloseAsync(connection, lanes);
        }
    }

    public void Remove(EdgeConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
            if (_stopping && _connections.Count == 0)
            {
                _allGone.TrySetResult();
            }
        }
    }

    public void Dispose() => _onStopping.Dispose();

    private async Task DrainAsync()
    {
        KeyValuePair<EdgeConnection, LaneTable>[] present;
        lock (_gate)
        {
            _stopping = true;
            present = [.. _connections];
        }

        if (present.Length == 0)
        {
            return;
        }

        EdgeLog.Draining(_log, present.Length, (int)_grace.TotalMilliseconds);
        for (var index = 0; index < present.Length; index++)
        {
            _ = SendAwayAsync(present[index].Key, _grace / 2 * ((double)index / present.Length));
        }

        await _allGone.Task.WaitAsync(_grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            present = [.. _connections];
        }

        await Task.WhenAll(present.Select(pair => CloseAsync(pair.Key, pair.Value)));
    }

    private async Task SendAwayAsync(EdgeConnection connection, TimeSpan delay)
    {
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, _time);
        }

        await connection.GoAwayAsync("the server is stopping", _grace - delay);
    }

    /// <summary>Acks of what is under way still go out, for half of the time that there is.</summary>
    private Task CloseAsync(EdgeConnection connection, LaneTable lanes)
        => connection.Closer.BeginAsync(WebSocketCloseStatus.EndpointUnavailable, "the server is stopping", lanes.WhenQuietAsync(), _closing / 2, _time);

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
