using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Postgres.Deliveries;
using Reassembly.Storage.Postgres.Nodes;

namespace Reassembly.Storage.Postgres.Queries;

/// <summary>
/// Drops the rows of ended messages whose time is over, and of claims that came to nothing; each page by one node. Their payload goes
/// later, by what it leaves in <c>dropped</c>. Their entries go first: one that is taken at the same moment stays, and its message with it.
/// </summary>
internal sealed class Purge(Database database, UsageCounter usage, PostgresStoreProbe probe)
{
    private readonly string _ended = $"""
        WITH over AS (
            SELECT no FROM {database.Schema}.message m WHERE state > 0 AND delivery <> 1 AND due <= $1 AND expires_at <= $2
                AND NOT EXISTS (SELECT FROM {database.Schema}.delivery d WHERE d.no = m.no AND {IsHeld(database.Schema)})
            ORDER BY due LIMIT $3 FOR UPDATE OF m SKIP LOCKED),
        entries AS (
            DELETE FROM {database.Schema}.delivery d USING over o WHERE d.no = o.no AND NOT {IsHeld(database.Schema)} RETURNING d.no, d.sink),
        kept AS (
            SELECT d.no FROM {database.Schema}.delivery d JOIN over o ON o.no = d.no WHERE (d.no, d.sink) NOT IN (SELECT no, sink FROM entries)),
        gone AS (
            DELETE FROM {database.Schema}.message m USING over o WHERE m.no = o.no AND o.no NOT IN (SELECT no FROM kept)
            RETURNING m.no, m.tenant, m.id, m.stored, m.extents, m.state = {(int)OutcomeState.Committed + 1} AND m.delivery = {(int)DeliveryState.None} AS undelivered),
        dropped AS (
            INSERT INTO {database.Schema}.dropped (no, extents) SELECT no, extents FROM gone WHERE stored > 0 ON CONFLICT DO NOTHING)
        SELECT tenant, id, stored, undelivered FROM gone
        """;

    private readonly string _unwritten = $"""
        DELETE FROM {database.Schema}.message WHERE no IN (
            SELECT no FROM {database.Schema}.message WHERE state = -1 AND delivery <> 1 AND due <= $1 AND expires_at <= $2 ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED)
        """;

    public Task<IReadOnlyList<PurgedMessage>> RunAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => database.RunAsync((now, limit), RunAsync, cancellationToken);

    /// <summary>Whether an entry is somebody's just now.</summary>
    private static string IsHeld(string schema)
        => $"(d.state = {Entry.Taken} AND d.due > $2 AND (d.due < {Entry.Forever} OR {NodeLease.IsAlive(schema, "d.owner")}))";

    private async Task<IReadOnlyList<PurgedMessage>> RunAsync(NpgsqlConnection connection, (DateTimeOffset Now, int Limit) what)
    {
        probe(PostgresStoreStep.BeforeEntries);
        var ticks = what.Now.UtcTicks;
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(_ended).With(ticks / DueStep.Ticks).With(ticks).With(what.Limit),
                new NpgsqlBatchCommand(_unwritten).With(ticks / DueStep.Ticks).With(ticks).With(what.Limit),
            },
        };
        var purged = new List<PurgedMessage>();
        var bytes = 0L;
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            purged.Add(new PurgedMessage(new MessageKey(reader.GetString(0), new MessageId(reader.GetGuid(1))), reader.GetBoolean(3)));
            bytes += reader.GetInt64(2);
        }

        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }

        probe(PostgresStoreStep.EntriesChanged);
        usage.Add(0, -bytes);
        return purged;
    }
}
