using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Files.Payload;
using Reassembly.Storage.Postgres.Claims;
using Reassembly.Storage.Postgres.Deliveries;
using Reassembly.Storage.Postgres.News;
using Reassembly.Storage.Postgres.Nodes;
using Reassembly.Storage.Postgres.Payload;
using Reassembly.Storage.Postgres.Queries;
using Reassembly.Storage.Postgres.Schema;
using Reassembly.Storage.Postgres.Writing;

namespace Reassembly.Storage.Postgres;

/// <summary>
/// The shared store: the catalogue in PostgreSQL, payload bytes there or in files on a volume that all nodes mount. Any number of nodes
/// write to it at once; see <c>README.md</c> of this project for what fencing relies on. While the database is away every call throws
/// a <see cref="StoreException"/> that says why, and it goes on by itself once the database is back.
/// </summary>
public sealed class PostgresMessageStore : IMessageStore, IMessageCatalogue, IDeliveryLedger, IStoreHealth, ISharedStore, IAsyncDisposable
{
    private const int MostWriters = 4;

    private readonly Database _database;
    private readonly DatabaseKeeper _keeper;
    private readonly NodeLease _lease;
    private readonly ClaimBook _book = new();
    private readonly NewsDesk _news;
    private readonly MessageFinder _finder;
    private readonly Claimer _claimer;
    private readonly Overdue _overdue;
    private readonly TakenBook _taken = new();
    private readonly Taker _taker;
    private readonly Lanes _lanes;
    private readonly SettleWriter _settler;
    private readonly DeadLetters _dead;
    private readonly Depths _depths;
    private readonly Unserved _unserved;
    private readonly Purge _purge;
    private readonly UsageCounter _usage;
    private readonly GroupWriter _writer;
    private readonly IPayloadPlace _payload;
    private readonly PayloadDropper _dropper;
    private bool _isClosed;

    public PostgresMessageStore(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresMessageStore> logger)
        : this(options, time, logger, static _ => { })
    {
    }

    internal PostgresMessageStore(PostgresStoreOptions options, TimeProvider time, ILogger<PostgresMessageStore> logger, PostgresStoreProbe probe)
    {
        _database = new Database(options);
        _lease = new NodeLease(_database, logger);
        _news = new NewsDesk(_database, _lease, time, logger) { Claimed = _book.ForgetBelow, Lost = _book.ForgetAll };
        _lease.Retaken = _news.TellLost;
        _finder = new MessageFinder(_database);
        _claimer = new Claimer(_database, _lease, _book, _finder, probe);
        _overdue = new Overdue(_database, _lease);
        _taker = new Taker(_database, _lease, _taken, _news, time, logger, probe);
        _lanes = new Lanes(_database);
        _settler = new SettleWriter(_database, new FaultLog(logger, time, _database.Place), probe);
        _dead = new DeadLetters(_database, _news, probe);
        _depths = new Depths(_database);
        _unserved = new Unserved(_database);
        _usage = new UsageCounter(_database, time);
        _purge = new Purge(_database, _usage, probe);
        _payload = options.KeepsPayloadInFiles
            ? new DirectoryPayload(_database, _finder, options.PayloadDirectory!, time, logger, (step, _) => Tell(probe, step))
            : new DatabasePayload(_database, new ChunkReader(_database, _finder));
        _keeper = new DatabaseKeeper(_database, new SchemaVersion(options), _payload, _lease, new Estate(_database, _lease, _news, logger), _claimer, _taker, time, logger);
        var writers = Math.Clamp(options.MaxConnections / 4, 1, MostWriters);
        _writer = new GroupWriter(_database, writers, _book, _usage, _news, new FaultLog(logger, time, _database.Place), probe, time);
        _dropper = new PayloadDropper(_database, _payload, time, logger);
    }

    public Durability Durability => Durability.Database;

    public string? Fault => _keeper.Fault;

    public DateTimeOffset? InServiceSince => _keeper.InServiceSince;

    /// <summary>This node's number, by which messages name their owner; 0 before the store was in service.</summary>
    internal long Node => _lease.Node;

    /// <inheritdoc cref="NodeLease.Beats"/>
    internal long Beats => _lease.Beats;

    /// <summary>Opens the store. A database that cannot be used now does not throw: see <see cref="Fault"/>.</summary>
    /// <exception cref="SchemaMismatchException">The tables are not for this node.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _news.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        await _keeper.OpenAsync(cancellationToken).ConfigureAwait(false);
        _dropper.Start();
    }

    public async ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken)
        => await _claimer.ClaimAsync(key, initial, cancellationToken).ConfigureAwait(false);

    public async ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        _database.ThrowIfOut();
        var claim = _book.Enter(key, epoch);
        using var job = await _payload.PrepareAsync(claim, write).ConfigureAwait(false);
        _writer.Add(job);
        await job.Task.ConfigureAwait(false);
    }

    public async ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
        => await _payload.ReadAsync(key, offset, destination, cancellationToken).ConfigureAwait(false);

    public async ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken)
        => (await _finder.FindAsync(key, cancellationToken).ConfigureAwait(false))?.Record;

    public ValueTask<StoreUsage> GetUsageAsync(CancellationToken cancellationToken) => _usage.GetAsync(cancellationToken);

    public async ValueTask<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => await _overdue.ListAsync(now, limit, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<PurgedMessage>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => await _purge.RunAsync(now, limit, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken)
        => await _taker.TakeAsync(sink, limit, now, claim, cancellationToken).ConfigureAwait(false);

    public async ValueTask<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken)
        => await _taker.TakeNextAsync(sink, channel, most, now, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<string>> ListChannelsAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken)
        => await _lanes.ListAsync(sink, now, cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> SettleAsync(DeliveryAttempt attempt, DeliveryResult result, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var isOver = true;
        try
        {
            return await _settler.SettleAsync(new SettleJob(attempt, result)).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            // The caller tries again: until then the entry stays his.
            isOver = false;
            throw;
        }
        finally
        {
            if (isOver)
            {
                _taken.Remove(attempt);
            }
        }
    }

    public async ValueTask<IReadOnlyList<SinkDepth>> ListDepthsAsync(string? channel, CancellationToken cancellationToken)
        => await _depths.ListAsync(channel, cancellationToken).ConfigureAwait(false);

    public async ValueTask NoteServedAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken)
        => await _unserved.NoteAsync(channel, sink, isServed, now, cancellationToken).ConfigureAwait(false);

    public async ValueTask<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken)
        => await _unserved.BuryAsync(channel, sink, before, reason, limit, cancellationToken).ConfigureAwait(false);

    public async ValueTask<DeadLetterPage> ListDeadAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken)
        => await _dead.ListAsync(channel, after, limit, cancellationToken).ConfigureAwait(false);

    public async ValueTask<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken)
        => await _dead.ReviveAsync(key, channel, cancellationToken).ConfigureAwait(false);

    public async ValueTask<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken)
        => await _dead.DropAsync(key, channel, cancellationToken).ConfigureAwait(false);

    public IDisposable Subscribe(IStoreListener listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return _news.Subscribe(listener);
    }

    /// <summary>Finishes what waits, gives the lease back, then closes everything. Idempotent: a container does it once for each interface.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
        {
            return;
        }

        await _writer.DisposeAsync().ConfigureAwait(false);
        await _settler.DisposeAsync().ConfigureAwait(false);
        await _dropper.DisposeAsync().ConfigureAwait(false);
        await _news.DisposeAsync().ConfigureAwait(false);
        await _keeper.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
        _payload.Dispose();
        _taker.Dispose();
    }

    private static void Tell(PostgresStoreProbe probe, PayloadStep step)
    {
        if (step <= PayloadStep.FolderFlushed)
        {
            probe(PostgresStoreStep.BeforeBytes + (int)step);
        }
    }
}
