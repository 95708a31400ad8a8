using Npgsql;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres;

/// <summary>
/// Connections to the database, at most so many, each so set that what is acknowledged is durable whatever the server's default is, and
/// that a peer which froze or vanished is noticed on both sides. A call that fails tells <see cref="Lost"/>; while the store is out of
/// service calls fail at once. A new connection is a new process at the server, some 20 ms of work: a burst of short calls (the
/// senders of a node that died) first waits for the connections that there are, and opens more only where that takes longer.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    /// <summary>How long a statement may take, and how long one waits for a connection.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How often a connection sees a statement until it is prepared there.</summary>
    public const int UsesUntilPrepared = 2;

    /// <summary>How long a call waits for those at work before it takes one more connection.</summary>
    private static readonly TimeSpan WorthWaiting = TimeSpan.FromMilliseconds(50);

    private const int MostAtFirst = 4;

    private const string SessionSettings =
        "-c synchronous_commit=on -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c lock_timeout=4s -c client_min_messages=warning";

    private readonly NpgsqlDataSource _source;

    // One for each connection that was needed so far: it grows by one when waiting was in vain.
    private readonly SemaphoreSlim _atWork;
    private readonly int _atFirst;
    private volatile string? _fault;

    public Database(PostgresStoreOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        var seconds = (int)options.Patience.TotalSeconds;
        settings.Pooling = true;
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = options.MaxConnections;
        settings.Timeout = seconds;
        settings.CommandTimeout = seconds;

        // A statement that timed out is asked back on another connection, but nobody waits for what comes of that: its own connection goes.
        settings.CancellationTimeout = -1;
        settings.TcpKeepAlive = true;
        settings.TcpKeepAliveTime = 5;
        settings.TcpKeepAliveInterval = 2;
        settings.NoResetOnClose = true;
        settings.MaxAutoPrepare = 64;
        settings.AutoPrepareMinUsages = UsesUntilPrepared;
        settings.WriteBufferSize = 64 * 1024;
        settings.ReadBufferSize = 32 * 1024;
        settings.Options = string.IsNullOrEmpty(settings.Options) ? SessionSettings : $"{settings.Options} {SessionSettings}";
        settings.ApplicationName ??= "reassembly";
        Place = $"{settings.Database ?? settings.Username}@{settings.Host}:{settings.Port}/{options.Schema}";
        Schema = options.Schema;
        _source = NpgsqlDataSource.Create(settings);
        _atFirst = Math.Clamp(options.MaxConnections / 4, 1, MostAtFirst);
        _atWork = new SemaphoreSlim(_atFirst);
        _fault = $"the store {Place} is not open yet";
    }

    /// <summary>For sentences: database, host, port and schema.</summary>
    public string Place { get; }

    public string Schema { get; }

    /// <summary>Why no call is let through now; null while they are.</summary>
    public string? Fault
    {
        get => _fault;
        set => _fault = value;
    }

    /// <summary>Called when a call met an outage: whoever keeps the store in service looks at once.</summary>
    public Action<Exception> Lost { get; set; } = static _ => { };

    /// <summary>A connection, whether the store is in service or not.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _source.OpenConnectionAsync(cancellationToken);

    /// <summary>Connections that are kept may be dead: every one opened from here on is new.</summary>
    public void ForgetConnections() => _source.Clear();

    /// <exception cref="StoreException">The store is out of service.</exception>
    public void ThrowIfOut()
    {
        if (_fault is { } fault)
        {
            throw new StoreException(fault);
        }
    }

    /// <summary>
    /// Opens the first connections of the pool and runs a call on each, so that server and process have done once what the first burst
    /// would otherwise wait for.
    /// </summary>
    public Task WarmAsync(Func<NpgsqlConnection, CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        return Task.WhenAll(Enumerable.Range(0, _atFirst).Select(_ => RunAsync()));

        async Task RunAsync()
        {
            var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await call(connection, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Runs a call on a connection of the pool. It is never given up half-way: a token ends the wait of its caller alone.</summary>
    /// <exception cref="StoreException">The store is out of service, or the call failed.</exception>
    public Task<T> RunAsync<TState, T>(TState state, Func<NpgsqlConnection, TState, Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return RunAsync(state, call).WaitAsync(cancellationToken);
    }

    /// <summary>What a failed call throws.</summary>
    public StoreException Failed(Exception exception)
    {
        if (DatabaseFault.IsOutage(exception))
        {
            Lost(exception);
        }

        return DatabaseFault.Failure(Place, exception);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        _atWork.Dispose();
    }

    private async Task<T> RunAsync<TState, T>(TState state, Func<NpgsqlConnection, TState, Task<T>> call)
    {
        ThrowIfOut();
        await _atWork.WaitAsync(WorthWaiting).ConfigureAwait(false);
        try
        {
            var connection = await OpenAsync(CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await call(connection, state).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException or ObjectDisposedException)
        {
            throw Failed(exception);
        }
        finally
        {
            _atWork.Release();
        }
    }
}
