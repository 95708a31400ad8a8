using Npgsql;
using Reassembly.Protocol.Control;

namespace Reassembly.Storage.Postgres.Writing;

/// <summary>
/// Many writes as one transaction in one round trip: the rows of bytes first, which need no lock, and at the end one statement that
/// changes all records, in the order of their numbers. It passes over those whose claim is not the newest, and takes back the
/// bytes they have just put in. What is to be handed on is put in by the same statement, which has another text where there is any.
/// </summary>
internal sealed class GroupStatement
{
    private readonly string _insert;
    private readonly string _update;
    private readonly string _commit;

    public GroupStatement(string schema)
    {
        _insert = $"""INSERT INTO {schema}.chunk (no, "offset", epoch, turn, data) VALUES ($1, $2, $3, $4, $5)""";
        _update = Update(schema, string.Empty);
        _commit = Update(schema, $"""
            ,
            entered AS (
                INSERT INTO {schema}.delivery (no, sink, channel, committed, since)
                SELECT w.no, e.sink, e.channel, w.committed, e.since
                FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::bigint[]) AS e(no, epoch, sink, channel, since)
                JOIN written w ON w.no = e.no AND w.epoch = e.epoch)
            """);
    }

    /// <summary>Runs the writes; they are durable when the task completes.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="jobs">Ascending by number.</param>
    /// <returns>The number and epoch of those that were let in; the others are fenced.</returns>
    public async Task<HashSet<(long No, long Epoch)>> ExecuteAsync(NpgsqlConnection connection, IReadOnlyList<WriteJob> jobs)
    {
        using var batch = new NpgsqlBatch(connection);
        foreach (var job in jobs)
        {
            foreach (var row in job.Rows)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(_insert)
                {
                    Parameters =
                    {
                        new NpgsqlParameter<long> { TypedValue = job.Claim.No },
                        new NpgsqlParameter<long> { TypedValue = row.Offset },
                        new NpgsqlParameter<long> { TypedValue = job.Claim.Epoch },
                        new NpgsqlParameter<long> { TypedValue = job.Turn },
                        new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = row.Bytes },
                    },
                });
            }
        }

        batch.BatchCommands.Add(Update(jobs));
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        var written = new HashSet<(long, long)>(jobs.Count);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            written.Add((reader.GetInt64(0), reader.GetInt64(1)));
        }

        // Only the end of the answers says that the transaction is committed.
        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }

        return written;
    }

    private static string Update(string schema, string further) => $"""
            WITH input AS (
                SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::smallint[], $13::smallint[])
                    AS i(no, epoch, owner, created_at, expires_at, size, stored, ranges, extents, open, outcome, state, delivery)),
            written AS (
                UPDATE {schema}.message m SET
                    created_at = i.created_at, expires_at = i.expires_at, size = i.size, stored = i.stored, ranges = i.ranges,
                    extents = CASE WHEN i.state > 1 THEN '' ELSE i.extents END,
                    open = CASE WHEN i.open IS NULL THEN m.open WHEN i.open = '' THEN NULL ELSE i.open END,
                    outcome = i.outcome, state = i.state, delivery = i.delivery,
                    committed = CASE WHEN i.state = {(int)OutcomeState.Committed + 1} THEN nextval('{schema}.committed') END,
                    owner = CASE WHEN i.state = 0 THEN m.owner END
                FROM input i
                WHERE m.no = i.no AND m.epoch = i.epoch AND m.owner = i.owner AND m.state <= 0
                RETURNING m.no, m.epoch, m.state, m.committed, i.extents),
            fenced AS MATERIALIZED (
                SELECT i.no, i.epoch FROM input i WHERE NOT EXISTS (SELECT FROM written w WHERE w.no = i.no AND w.epoch = i.epoch)),
            taken_back AS (
                DELETE FROM {schema}.chunk c USING fenced f WHERE c.no = f.no AND c.epoch = f.epoch AND c.xmin = pg_current_xact_id()::xid),
            dropped AS (
                INSERT INTO {schema}.dropped (no, extents) SELECT no, extents FROM written WHERE state > 1 ON CONFLICT DO NOTHING){further}
            SELECT no, epoch FROM written
            """;

    private NpgsqlBatchCommand Update(IReadOnlyList<WriteJob> jobs)
    {
        var entries = jobs.Where(static job => job.Deliveries is not null)
            .SelectMany(static job => job.Deliveries!.Sinks.Select(sink => (job.Claim, job.Deliveries, Sink: sink))).ToArray();
        var command = new NpgsqlBatchCommand(entries.Length > 0 ? _commit : _update)
        {
            Parameters =
            {
                Column(jobs, static job => job.Claim.No),
                Column(jobs, static job => job.Claim.Epoch),
                Column(jobs, static job => job.Claim.Owner),
                Column(jobs, static job => job.Record.CreatedAt.UtcTicks),
                Column(jobs, static job => job.Record.ExpiresAt.UtcTicks),
                Column(jobs, static job => job.Record.Size),
                Column(jobs, static job => job.StoredBytes),
                Column(jobs, static job => job.Ranges),
                Column(jobs, static job => job.Extents.Encoded),
                Column(jobs, static job => job.Open),
                Column(jobs, static job => job.Outcome),
                Column(jobs, static job => job.State),
                Column(jobs, static job => (short)job.Record.Delivery),
            },
        };
        if (entries.Length > 0)
        {
            command.Parameters.Add(Column(entries, static entry => entry.Claim.No));
            command.Parameters.Add(Column(entries, static entry => entry.Claim.Epoch));
            command.Parameters.Add(Column(entries, static entry => entry.Sink));
            command.Parameters.Add(Column(entries, static entry => entry.Deliveries.Channel));
            command.Parameters.Add(Column(entries, static entry => entry.Deliveries.Since.UtcTicks));
        }

        return command;
    }

    private static NpgsqlParameter<T[]> Column<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var column = new T[rows.Count];
        for (var index = 0; index < column.Length; index++)
        {
            column[index] = value(rows[index]);
        }

        return new NpgsqlParameter<T[]> { TypedValue = column };
    }
}
