using Microsoft.Data.Sqlite;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Disk.Ledger;
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
            SELECT tenant, id, stored, state = {CommittedState} AND delivery = 0 FROM message
            WHERE state <> 0 AND delivery <> 1 AND expires_at <= $now AND NOT {LedgerStatements.IsUnderWay}
            ORDER BY expires_at LIMIT $limit
            """,
            "$now", "$limit");
        _drop = new Statement(connection, "DELETE FROM message WHERE id = $id AND tenant = $tenant", "$id", "$tenant");
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

    /// <summary>Ended messages whose time is over and that nobody waits for or is just getting, with their stored bytes.</summary>
    public List<(MessageKey Key, long StoredBytes, bool WasUndelivered)> ListDue(DateTimeOffset now, int limit)
    {
        var due = new List<(MessageKey, long, bool)>();
        using var reader = _due.Ask(now.UtcTicks, limit);
        while (reader.Read())
        {
            due.Add((new MessageKey(reader.GetString(0), MessageId.Read(reader.GetFieldValue<byte[]>(1))), reader.GetInt64(2), reader.GetBoolean(3)));
        }

        return due;
    }

    /// <summary>Drops a message's row and its entries in the ledger.</summary>
    public void Drop(MessageKey key)
    {
        _drop.Execute(CatalogueReader.IdBytes(key.Id), key.Tenant);
        Ledger.Forget(key);
    }

    public void Dispose()
    {
        foreach (var statement in new IDisposable[] { _begin, _commit, _rollback, _put, _progress, _due, _drop })
        {
            statement.Dispose();
        }

        Ledger.Dispose();
    }
}
