using Microsoft.Data.Sqlite;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Disk.Ledger;
using Reassembly.Storage.Disk.Payload;
using Reassembly.Storage.Files.Records;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>Every statement that changes the catalogue, prepared once on the one connection that writes.</summary>
internal sealed class CatalogueStatements : IDisposable
{
    private const int CommittedState = (int)OutcomeState.Committed + 1;

    private readonly SqliteConnection _connection;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;
    private readonly Statement _put;
    private readonly Statement _progress;
    private readonly Query _due;
    private readonly Statement _drop;
    private readonly Statement _putSmall;
    private readonly Statement _dropSmall;
    private long _lastCommitted;
    private bool _isDurable = true;

    public CatalogueStatements(SqliteConnection connection)
    {
        _connection = connection;
        _begin = new Statement(connection, "BEGIN IMMEDIATE");
        _commit = new Statement(connection, "COMMIT");
        _rollback = new Statement(connection, "ROLLBACK");
        _put = new Statement(
            connection,
            """
            INSERT INTO message (id, tenant, epoch, created_at, expires_at, size, stored, ranges, open, outcome, state, delivery, committed)
            VALUES ($id, $tenant, $epoch, $created, $expires, $size, $stored, $ranges, $open, $outcome, $state, $delivery, $committed)
            ON CONFLICT (id, tenant) DO UPDATE SET epoch = excluded.epoch, created_at = excluded.created_at, expires_at = excluded.expires_at,
                size = excluded.size, stored = excluded.stored, ranges = excluded.ranges, open = excluded.open, outcome = excluded.outcome,
                state = excluded.state, delivery = excluded.delivery, committed = excluded.committed
            """,
            "$id", "$tenant", "$epoch", "$created", "$expires", "$size", "$stored", "$ranges", "$open", "$outcome", "$state", "$delivery", "$committed");
        _progress = new Statement(
            connection,
            "UPDATE message SET epoch = $epoch, created_at = $created, expires_at = $expires, size = $size, stored = $stored, ranges = $ranges, delivery = $delivery WHERE id = $id AND tenant = $tenant",
            "$epoch", "$created", "$expires", "$size", "$stored", "$ranges", "$delivery", "$id", "$tenant");
        _due = new Query(
            connection,
            $"""
            SELECT tenant, id, stored, state = {CommittedState} AND delivery = 0, {SmallPayload.IsHere} FROM message
            WHERE state <> 0 AND delivery <> 1 AND expires_at <= $now AND NOT {LedgerStatements.IsUnderWay}
            ORDER BY expires_at LIMIT $limit
            """,
            "$now", "$limit");
        _drop = new Statement(connection, "DELETE FROM message WHERE id = $id AND tenant = $tenant", "$id", "$tenant");
        _putSmall = new Statement(connection, "INSERT OR REPLACE INTO small_payload (committed, bytes) VALUES ($committed, $bytes)", "$committed", "$bytes");
        _dropSmall = new Statement(
            connection, "DELETE FROM small_payload WHERE committed = (SELECT committed FROM message WHERE id = $id AND tenant = $tenant)", "$id", "$tenant");
        Ledger = new LedgerStatements(connection);
        _lastCommitted = CatalogueFile.Scalar(connection, "SELECT coalesce(max(committed), 0) FROM message");
    }

    public LedgerStatements Ledger { get; }

    /// <summary>Begins a transaction.</summary>
    /// <param name="durable">Whether its commit waits for the disk. One that does not is on disk with the next that does, and is never there in part.</param>
    public void Begin(bool durable)
    {
        if (durable != _isDurable)
        {
            // SQLite does this when it prepares the statement: one prepared beforehand would change nothing.
            CatalogueFile.Execute(_connection, durable ? CatalogueFile.WaitForDisk : "PRAGMA synchronous = NORMAL");
            _isDurable = durable;
        }

        _begin.Execute();
    }

    public void Commit() => _commit.Execute();

    public void Rollback() => _rollback.Execute();

    /// <summary>Writes the whole row, new or not.</summary>
    /// <returns>The commit's place among all, where it is one.</returns>
    public long? Put(MessageKey key, long epoch, MessageRecord record, long storedBytes, byte[] ranges)
    {
        var outcome = record.Outcome;
        long? committed = outcome?.State == OutcomeState.Committed ? ++_lastCommitted : null;
        _put.Execute(
            CatalogueReader.IdBytes(key.Id),
            key.Tenant,
            epoch,
            record.CreatedAt.UtcTicks,
            record.ExpiresAt.UtcTicks,
            record.Size,
            storedBytes,
            ranges,
            record.Open is null ? null : ControlBytes.Write(record.Open),
            outcome is null ? null : ControlBytes.Write(outcome),
            outcome is null ? 0 : (int)outcome.State + 1,
            (int)record.Delivery,
            committed);
        return committed;
    }

    /// <summary>Writes what changes with every write of an open message; what its sender said of it stays.</summary>
    public void Progress(MessageKey key, long epoch, MessageRecord record, long storedBytes, byte[] ranges)
        => _progress.Execute(
            epoch, record.CreatedAt.UtcTicks, record.ExpiresAt.UtcTicks, record.Size, storedBytes, ranges, (int)record.Delivery, CatalogueReader.IdBytes(key.Id), key.Tenant);

    /// <summary>Writes the whole payload of a message beside its row.</summary>
    /// <param name="committed">The commit's place among all.</param>
    /// <param name="payload">Its bytes.</param>
    public void PutSmall(long committed, ReadOnlyMemory<byte> payload) => _putSmall.Execute(committed, payload);

    /// <summary>Ended messages whose time is over and that nobody waits for or is just getting, with their stored bytes.</summary>
    public List<DueMessage> ListDue(DateTimeOffset now, int limit)
    {
        var due = new List<DueMessage>();
        using var reader = _due.Ask(now.UtcTicks, limit);
        while (reader.Read())
        {
            var key = new MessageKey(reader.GetString(0), MessageId.Read(reader.GetFieldValue<byte[]>(1)));
            due.Add(new DueMessage(key, reader.GetInt64(2), reader.GetBoolean(3), IsSmall: reader.GetBoolean(4)));
        }

        return due;
    }

    /// <summary>Drops a message's row, a payload beside it and its entries in the ledger.</summary>
    public void Drop(in DueMessage due)
    {
        var id = CatalogueReader.IdBytes(due.Key.Id);
        if (due.IsSmall)
        {
            _dropSmall.Execute(id, due.Key.Tenant);
        }

        _drop.Execute(id, due.Key.Tenant);
        Ledger.Forget(due.Key);
    }

    public void Dispose()
    {
        foreach (var statement in new IDisposable[] { _begin, _commit, _rollback, _put, _progress, _due, _drop, _putSmall, _dropSmall })
        {
            statement.Dispose();
        }

        Ledger.Dispose();
    }
}

/// <summary>A message whose row may go.</summary>
/// <param name="Key">Which.</param>
/// <param name="StoredBytes">Of its payload.</param>
/// <param name="WasUndelivered">It is committed, and nobody was to get it.</param>
/// <param name="IsSmall">Its payload lies beside the row; otherwise it has a file where it has stored bytes.</param>
internal readonly record struct DueMessage(MessageKey Key, long StoredBytes, bool WasUndelivered, bool IsSmall);
