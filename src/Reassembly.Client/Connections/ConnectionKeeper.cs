using Reassembly.Client.Errors;

namespace Reassembly.Client.Connections;

/// <summary>
/// Keeps one usable connection for as long as the client lives. A lost one is replaced after a jittered wait, round robin
/// over all endpoints. One that says <c>goaway</c> stays current until its successor has heard <c>welcome</c>; then it is
/// left open for the acks of what is still on its way, until its server closes it or its grace time is over.
/// </summary>
internal sealed class ConnectionKeeper : IAsyncDisposable
{
    private readonly ReassemblyClientOptions _options;
    private readonly EndpointRing _endpoints;
    private readonly ConnectionOpener _opener;
    private readonly Backoff _backoff;
    private readonly Action _changed;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _leaving = [];
    private Task _keeping = Task.CompletedTask;
    private volatile ClientConnection? _current;
    private volatile ReassemblyException? _lastFailure;
    private volatile ReassemblyException? _fault;
    private volatile bool _stopped;
    private volatile TaskCompletionSource _change = NewChange();
    private int _frameBytesCap = int.MaxValue;

    /// <param name="options">How to connect.</param>
    /// <param name="endpoints">Where.</param>
    /// <param name="opener">Opens one connection.</param>
    /// <param name="changed">Called whenever <see cref="Current"/> or <see cref="LastFailure"/> has changed.</param>
    public ConnectionKeeper(ReassemblyClientOptions options, EndpointRing endpoints, ConnectionOpener opener, Action changed)
    {
        _options = options;
        _endpoints = endpoints;
        _opener = opener;
        _changed = changed;
        _backoff = new Backoff(options.BackoffBase, options.BackoffCap, new Random());
    }

    /// <summary>The connection to use for whatever comes next; null while there is none.</summary>
    public ClientConnection? Current => _current is { IsClosed: false } open ? open : null;

    /// <summary>Why there was no connection the last time it was tried.</summary>
    public ReassemblyException? LastFailure => _lastFailure;


    /// <summary>The largest frame, header included, that got through all hops so far; lowered when one of them said it was too big.</summary>
    public int FrameBytesCap => Volatile.Read(ref _frameBytesCap);

    /// <summary>Makes the first connection and starts keeping.</summary>
    /// <exception cref="ConnectionFailedException">None within the give-up time, or every endpoint refused.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = _options.TimeProvider.GetTimestamp();
        var refusals = 0;
        while (true)
        {
            try
            {
                _current = await _opener.OpenAsync(_endpoints.Next(), cancellationToken).ConfigureAwait(false);
                _keeping = KeepAsync(_current);
                return;
            }
            catch (ConnectionFailedException exception)
            {
                refusals = exception.IsFinal ? refusals + 1 : 0;
                if (refusals >= _endpoints.Count || _options.TimeProvider.GetElapsedTime(started) >= _options.GiveUpAfter)
                {
                    throw;
                }
            }

            await Task.Delay(_backoff.Next(), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The current connection, or the next one as soon as there is one.</summary>
    public async Task<ClientConnection> GetAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = _change.Task;
            ThrowIfStopped();
            if (Current is { } connection)
            {
                return connection;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    /// <exception cref="ReassemblyException">Keeping the connection failed for good.</exception>
    public void ThrowIfStopped()
    {
        if (_fault is { } fault)
        {
            throw fault;
        }

        ObjectDisposedException.ThrowIf(_stopped, typeof(ReassemblyClient));
    }

    /// <summary>Lowers the largest frame that this client sends, after a hop refused a larger one.</summary>
    public void LowerFrameBytesCap(int frameBytes)
    {
        int seen;
        while (frameBytes < (seen = FrameBytesCap) && Interlocked.CompareExchange(ref _frameBytesCap, frameBytes, seen) != seen)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        TellChange();
        await _keeping.ConfigureAwait(false);
        await Task.WhenAll(_leaving).ConfigureAwait(false);
        if (_current is { } last)
        {
            await last.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private async Task KeepAsync(ClientConnection connection)
    {
        try
        {
            while (true)
            {
                await Task.WhenAny(connection.Ended, connection.GoingAway).WaitAsync(_stopping.Token).ConfigureAwait(false);
                NoteEnd(connection);
                TellChange();
                var successor = await ReopenAsync().ConfigureAwait(false);
                _leaving.RemoveAll(left => left.IsCompleted);
                _leaving.Add(LeaveAsync(connection));
                _current = connection = successor;
                TellChange();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The client is disposed.
        }
        catch (Exception exception)
        {
            // A fault of the caller's own configuration callback, say: nobody awaits this loop, so whoever sends must hear of it.
            _fault = new ReassemblyException($"the client cannot go on: {exception.Message}", exception);
            TellChange();
        }
    }

    private void NoteEnd(ClientConnection connection)
    {
        if (connection.HasServed)
        {
            _backoff.Reset();
        }

        if (!connection.IsClosed)
        {
            return;
        }

        _lastFailure = new ConnectionFailedException($"{connection.Endpoint}: {connection.EndReason}");
        if (connection.EndedAsTooBig && connection.LargestFrame > 0)
        {
            LowerFrameBytesCap(connection.LargestFrame / 2);
        }
    }

    private async Task<ClientConnection> ReopenAsync()
    {
        while (true)
        {
            await Task.Delay(_backoff.Next(), _options.TimeProvider, _stopping.Token).ConfigureAwait(false);
            try
            {
                return await _opener.OpenAsync(_endpoints.Next(), _stopping.Token).ConfigureAwait(false);
            }
            catch (ConnectionFailedException exception)
            {
                _lastFailure = exception;
                TellChange();
            }
        }
    }

    private void TellChange()
    {
        var change = _change;
        _change = NewChange();
        change.TrySetResult();
        _changed();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task LeaveAsync(ClientConnection connection)
    {
        try
        {
            var grace = TimeSpan.FromMilliseconds(Math.Max(0, connection.GoAway?.GraceMs ?? 0));
            await connection.Ended.WaitAsync(grace, _options.TimeProvider, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // Its time is over.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
