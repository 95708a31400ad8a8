using Npgsql;
using Reassembly.Core;
using Reassembly.Protocol;

namespace Reassembly.Storage.Postgres.Queries;

/// <summary>
/// Drops the rows of ended messages whose time is over, and of claims that came to nothing; each page by one node. Their payload goes
/// later, by what it leaves in <c>dropped</c>.
/// </summary>
internal sealed class Purge(Database database, UsageCounter usage)
{
    private readonly string _ended = $"""
        WITH over AS (
            SELECT no FROM {database.Schema}.message WHERE state > 0 AND delivery <> 1 AND due <= $1 AND expires_at <= $2 ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED),
        gone AS (
            DELETE FROM {database.Schema}.message m USING over o WHERE m.no = o.no RETURNING m.no, m.tenant, m.id, m.stored, m.extents),
        dropped AS (
            INSERT INTO {database.Schema}.dropped (no, extents) SELECT no, extents FROM gone WHERE stored > 0 ON CONFLICT DO NOTHING)
        SELECT tenant, id, stored FROM gone
        """;

    private readonly string _unwritten = $"""
        DELETE FROM {database.Schema}.message WHERE no IN (
            SELECT no FROM {database.Schema}.message WHERE state = -1 AND delivery <> 1 AND due <= $1 AND expires_at <= $2 ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED)
        """;

    public Task<IReadOnlyList<MessageKey>> RunAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => database.RunAsync((now, limit), RunAsync, cancellationToken);

    private async Task<IReadOnlyList<MessageKey>> RunAsync(NpgsqlConnection connection, (DateTimeOffset Now, int Limit) what)
    {
        var ticks = what.Now.UtcTicks;
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(_ended).With(ticks / DueStep.Ticks).With(ticks).With(what.Limit),
                new NpgsqlBatchCommand(_unwritten).With(ticks / DueStep.Ticks).With(ticks).With(what.Limit),
            },
        };
        var keys = new List<MessageKey>();
        var bytes = 0L;
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            keys.Add(new MessageKey(reader.GetString(0), new MessageId(reader.GetGuid(1))));
            bytes += reader.GetInt64(2);
        }

        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }

        usage.Add(0, -bytes);
        return keys;
    }
}
