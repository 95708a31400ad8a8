using Npgsql;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres;

/// <summary>
/// Connections to the database, at most so many, each so set that what is acknowledged is durable whatever the server's default is, and
/// that a peer which froze or vanished is noticed on both sides. A call that fails tells <see cref="Lost"/>; while the store is out of
/// service calls fail at once.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    /// <summary>How long a statement may take, and how long one waits for a connection.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const string SessionSettings =
        "-c synchronous_commit=on -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c lock_timeout=4s -c client_min_messages=warning";

    private readonly NpgsqlDataSource _source;
    private volatile string? _fault;

    public Database(PostgresStoreOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        var seconds = (int)Patience.TotalSeconds;
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
        settings.AutoPrepareMinUsages = 2;
        settings.WriteBufferSize = 64 * 1024;
        settings.ReadBufferSize = 32 * 1024;
        settings.Options = string.IsNullOrEmpty(settings.Options) ? SessionSettings : $"{settings.Options} {SessionSettings}";
        settings.ApplicationName ??= "reassembly";
        Place = $"{settings.Database ?? settings.Username}@{settings.Host}:{settings.Port}/{options.Schema}";
        Schema = options.Schema;
        _source = NpgsqlDataSource.Create(settings);
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

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<T> RunAsync<TState, T>(TState state, Func<NpgsqlConnection, TState, Task<T>> call)
    {
        ThrowIfOut();
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
    }
}
