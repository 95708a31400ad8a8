using Microsoft.Extensions.Logging;
using Npgsql;
using Reassembly.Storage.Postgres.Claims;
using Reassembly.Storage.Postgres.Deliveries;
using Reassembly.Storage.Postgres.Nodes;
using Reassembly.Storage.Postgres.Payload;
using Reassembly.Storage.Postgres.Schema;

namespace Reassembly.Storage.Postgres;

/// <summary>
/// Keeps the store in service: makes the tables, takes a lease and renews it each second, which is also how an outage is noticed
/// that no call has met, and sees to what dead nodes left and to what this one has and nobody works on. After an outage everything is looked at again before calls are let through.
/// </summary>
internal sealed class DatabaseKeeper : IAsyncDisposable
{
    /// <summary>How often the lease is renewed, and how often a database that is away is tried.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Database _database;
    private readonly NodeLease _lease;
    private readonly Estate _estate;
    private readonly Claimer _claimer;
    private readonly Taker _taker;
    private readonly SchemaVersion _schema;
    private readonly IPayloadPlace _payload;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _nudge = new(0, 1);
    private Task? _running;
    private Task? _looking;
    private NpgsqlConnection? _connection;
    private bool _warned;
    private bool _isOut;
    private long _inServiceSince;
    private long _lookedAt;

    public DatabaseKeeper(Database database, SchemaVersion schema, IPayloadPlace payload, NodeLease lease, Estate estate, Claimer claimer, Taker taker, TimeProvider time, ILogger logger)
    {
        _database = database;
        _lease = lease;
        _estate = estate;
        _claimer = claimer;
        _taker = taker;
        _schema = schema;
        _payload = payload;
        _time = time;
        _logger = logger;
        database.Lost = _ => Nudge();
    }

    /// <summary>Why the store cannot serve now: what the last look found, or that there was none for so long that the lease is over.</summary>
    public string? Fault
        => _database.Fault ?? (_time.GetElapsedTime(Volatile.Read(ref _lookedAt)).TotalSeconds <= NodeLease.DeadAfterSeconds
            ? null
            : $"the store {_database.Place} has not been reached for more than {NodeLease.DeadAfterSeconds} s: its database or its volume hangs");

    /// <summary>When the store came into service last.</summary>
    public DateTimeOffset? InServiceSince => Volatile.Read(ref _inServiceSince) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Opens the store, or goes on trying where the database is away.</summary>
    /// <exception cref="SchemaMismatchException">This program must not use these tables: waiting would hide a mistake.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await TryAsync(cancellationToken).ConfigureAwait(false);
        _running ??= Task.Run(RunAsync, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
        {
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _database.Lost = static _ => { };
        await DropConnectionAsync().ConfigureAwait(false);
        if (_database.Fault is null)
        {
            await _lease.ReturnAsync().ConfigureAwait(false);
        }

        _database.Fault = $"the store {_database.Place} is closed";
        _closing.Dispose();
    }

    private void Nudge()
    {
        try
        {
            _nudge.Release();
        }
        catch (SemaphoreFullException)
        {
            // It looks already.
        }
    }

    private async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            await ((Task)_nudge.WaitAsync(Interval, _closing.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await TryAsync(_closing.Token).ConfigureAwait(false);
            }
            catch (SchemaMismatchException mismatch)
            {
                Out(mismatch.Message);
            }
            catch (Exception fault) when (!_closing.IsCancellationRequested)
            {
                // Whatever it was, the store must not stay out of service for it.
                PostgresLog.Unexpected(_logger, _database.Place, "the keeper", fault.Message, fault);
            }
        }
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        // One connection that broke is not an outage: where another can be had at once, nobody need hear of it.
        for (var mayRepeat = _connection is not null; ; mayRepeat = false)
        {
            try
            {
                await LookAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is NpgsqlException or TimeoutException or IOException or UnauthorizedAccessException)
            {
                // The connections that are kept broke with it, and one that did not answer is not tried again.
                await DropConnectionAsync().ConfigureAwait(false);
                _database.ForgetConnections();
                if (!mayRepeat || exception is TimeoutException or { InnerException: TimeoutException })
                {
                    Out(DatabaseFault.Sentence(_database.Place, exception));
                    return;
                }
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        // Kept from beat to beat: that all others are busy must not look like an outage.
        var connection = _connection ??= await _database.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (_database.Fault is not null)
        {
            await _schema.EnsureAsync(connection, _payload.Ensure, cancellationToken).ConfigureAwait(false);
            await WarnAsync(connection, cancellationToken).ConfigureAwait(false);
        }

        // A node whose volume went away must not take messages over that others can write. A volume that hangs would hang this loop.
        await LookAtVolumeAsync().ConfigureAwait(false);
        await _lease.BeatAsync(connection, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _lookedAt, _time.GetTimestamp());
        await _estate.ShareOutAsync(connection, cancellationToken).ConfigureAwait(false);
        await _taker.BeatAsync(connection, cancellationToken).ConfigureAwait(false);
        if (_database.Fault is not null)
        {
            await _database.WarmAsync(_claimer.RehearseAsync, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _inServiceSince, _time.GetUtcNow().UtcTicks);
            _database.Fault = null;
            _isOut = false;
            PostgresLog.InService(_logger, _database.Place, _lease.Node);
        }
    }

    private async Task LookAtVolumeAsync()
    {
        if (_looking is null or { IsCompleted: true })
        {
            _looking = Task.Run(_payload.ThrowIfAway);
        }

        try
        {
            await _looking.WaitAsync(Database.Patience, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new IOException($"the volume of the payloads does not answer within {Database.Patience.TotalSeconds:0} s");
        }
    }

    private async Task DropConnectionAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Out(string fault)
    {
        if (!_isOut)
        {
            PostgresLog.OutOfService(_logger, _database.Place, Interval.TotalSeconds, fault);
        }

        _isOut = true;
        _database.Fault = fault;
    }

    private async Task WarnAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_warned)
        {
            return;
        }

        foreach (var setting in (string[])["fsync", "full_page_writes"])
        {
            using var command = new NpgsqlCommand("SELECT current_setting($1)", connection) { Parameters = { new() { Value = setting } } };
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is "off")
            {
                PostgresLog.NotDurable(_logger, _database.Place, setting);
            }
        }

        _warned = true;
    }
}
