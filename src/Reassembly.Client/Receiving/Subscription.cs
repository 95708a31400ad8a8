using System.Collections.Concurrent;
using Reassembly.Client.Connections;
using Reassembly.Client.Errors;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Receiving;

/// <summary>
/// One enumeration of a channel's messages. It has a connection of its own, so that a slow receiver, for whom the socket is not
/// read, holds up no send; it subscribes anew on every connection that the keeper makes. One that is told to go away is served
/// beside its successor until it ends.
/// </summary>
internal sealed class Subscription : IConnectionListener, IAsyncDisposable
{
    private readonly ReassemblyClientOptions _options;
    private readonly string _channel;
    private readonly SubscribeOptions _subscribe;
    private readonly ConnectionKeeper _keeper;
    private readonly DeliveryQueue _queue = new();
    private readonly ConcurrentDictionary<ClientConnection, SubscriptionLink> _links = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wake = new(0);
    private Task _running = Task.CompletedTask;
    private int _stopped;

    public Subscription(ReassemblyClientOptions options, EndpointRing endpoints, string channel, SubscribeOptions subscribe)
    {
        _options = options;
        _channel = channel;
        _subscribe = subscribe;
        _keeper = new ConnectionKeeper(options, endpoints, new ConnectionOpener(options, this, mayPause: true), () => _wake.Release());
    }

    /// <summary>Begins to connect; what goes wrong is told by <see cref="NextAsync"/>.</summary>
    public void Start() => _running = RunAsync();

    /// <summary>The next delivery.</summary>
    /// <exception cref="ReassemblyException">The server refuses the subscription, or there was no connection for the give-up time.</exception>
    public ValueTask<Delivery> NextAsync(CancellationToken cancellationToken) => _queue.TakeAsync(cancellationToken);

    public void OnMessage(ClientConnection connection, ServerMessage message)
    {
        if (!_links.TryGetValue(connection, out var link))
        {
            return;
        }

        switch (message)
        {
            case PayloadMessage payload:
                link.Begin(payload);
                break;
            case ErrorMessage { Id: { } id } error:
                link.OnError(id, error.ToError());
                break;
            case ErrorMessage { Retryable: true } error:
                // The wait before the next connection is the wait before the next try.
                throw new ServerViolationException(error.Message);
            case ErrorMessage error:
                _queue.Fail(new ReassemblyException($"the server does not let channel '{_channel}' be received: {error.Message}", error.ToError()));
                break;
        }
    }

    public ValueTask OnFrameAsync(ClientConnection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _stopped) != 0)
        {
            // Read on, so that the end of the connection is seen.
            return default;
        }

        return _links.TryGetValue(connection, out var link)
            ? link.TakeAsync(frame, cancellationToken)
            : throw new ServerViolationException("the server broke the protocol: a chunk before any subscription");
    }

    public void OnEnded(ClientConnection connection)
    {
        if (_links.TryRemove(connection, out var link))
        {
            link.End(connection.EndReason);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        _queue.Fail(new ObjectDisposedException(nameof(ReassemblyClient)));
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        foreach (var (connection, link) in _links)
        {
            link.StopWaiting();
            await connection.FinishAsync(_options.AbortTimeout, _options.TimeProvider).ConfigureAwait(false);
        }

        await _keeper.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var clock = _options.TimeProvider;
        ClientConnection? last = null;
        long? lostAt = null;
        try
        {
            await _keeper.StartAsync(_stopping.Token).ConfigureAwait(false);
            while (true)
            {
                _keeper.ThrowIfStopped();
                var current = _keeper.Current;
                if (current is not null && current != last)
                {
                    last = current;
                    await SubscribeAsync(current).ConfigureAwait(false);
                    continue;
                }

                lostAt = current is null ? lostAt ?? clock.GetTimestamp() : null;
                await WaitAsync(lostAt is { } since ? _options.GiveUpAfter - clock.GetElapsedTime(since) : null).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The enumeration has ended.
        }
        catch (Exception exception)
        {
            // Nobody awaits this loop but the end; who waits for messages must hear of it.
            _queue.Fail(exception);
        }
    }

    private async Task SubscribeAsync(ClientConnection connection)
    {
        _links[connection] = new SubscriptionLink(connection, _subscribe, _options.TimeProvider, _queue);
        _ = SilenceWatch.RunAsync(connection, _options.TimeProvider);
        try
        {
            await connection.SendAsync(new SubscribeMessage { Channel = _channel, InFlight = _subscribe.InFlight }).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // The keeper is at it.
        }

        if (connection.IsClosed)
        {
            OnEnded(connection);
        }
    }

    private async Task WaitAsync(TimeSpan? limit)
    {
        if (limit is not { } left)
        {
            await _wake.WaitAsync(_stopping.Token).ConfigureAwait(false);
            return;
        }

        if (left <= TimeSpan.Zero)
        {
            throw GaveUp();
        }

        using var timeout = new CancellationTokenSource(left, _options.TimeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        try
        {
            await _wake.WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            throw GaveUp();
        }
    }

    private ConnectionFailedException GaveUp() => new(
        $"gave up receiving after {_options.GiveUpAfter.TotalSeconds:0.#} s without a connection: {_keeper.LastFailure?.Message ?? "none could be made"}",
        _keeper.LastFailure?.Error,
        _keeper.LastFailure);
}
