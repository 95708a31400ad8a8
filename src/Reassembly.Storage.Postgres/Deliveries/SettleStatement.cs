using Npgsql;
using Reassembly.Core.Storage;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>
/// What came of many attempts, as one transaction in one round trip: first the messages are locked, in the order of their numbers, so
/// that the statement after that sees all that others have settled of them; then the entries and the messages are changed.
/// </summary>
internal sealed class SettleStatement
{
    private readonly string _lock;
    private readonly string _settle;

    public SettleStatement(string schema)
    {
        _lock = $"""
            SELECT FROM {schema}.message m JOIN unnest($1::uuid[], $2::text[]) AS i(id, tenant) ON m.id = i.id AND m.tenant = i.tenant ORDER BY m.no FOR NO KEY UPDATE OF m
            """;
        const string IsUnderWay = "d.no = i.no AND d.sink = i.sink AND d.attempt = i.attempt AND d.claim IS NOT DISTINCT FROM i.claim";
        _settle = $"""
            WITH input AS (
                SELECT m.no, i.* FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::uuid[], $6::smallint[], $7::bigint[], $8::text[])
                    WITH ORDINALITY AS i(id, tenant, sink, attempt, claim, state, due, reason, place)
                JOIN {schema}.message m ON m.id = i.id AND m.tenant = i.tenant),
            gone AS (
                DELETE FROM {schema}.delivery d USING input i WHERE i.state = {SettleJob.Gone} AND {IsUnderWay} AND d.state = {Entry.Taken}
                RETURNING d.no, d.sink, NULL::smallint AS state, i.place),
            kept AS (
                UPDATE {schema}.delivery d SET state = i.state, due = i.due, reason = i.reason, owner = NULL
                FROM input i WHERE i.state <> {SettleJob.Gone} AND {IsUnderWay} AND d.state = {Entry.Taken}
                RETURNING d.no, d.sink, d.state, i.place),
            touched AS (SELECT * FROM gone UNION ALL SELECT * FROM kept),
            marked AS (
                UPDATE {schema}.message m SET delivery = {Entry.DeliveryOf(schema, "m", "touched", DeliveryState.Delivered)}
                FROM (SELECT DISTINCT no FROM touched WHERE state IS DISTINCT FROM {Entry.Waits}) c WHERE m.no = c.no)
            SELECT place FROM touched
            """;
    }

    /// <summary>Settles them; durable when the task completes.</summary>
    /// <returns>For each whether its attempt was under way.</returns>
    public async Task<bool[]> ExecuteAsync(NpgsqlConnection connection, IReadOnlyList<SettleJob> jobs)
    {
        Guid[] ids = [.. jobs.Select(static job => job.Key.Id.Value)];
        string[] tenants = [.. jobs.Select(static job => job.Key.Tenant)];
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(_lock).With(ids).With(tenants),
                new NpgsqlBatchCommand(_settle).With(ids).With(tenants)
                    .With(jobs.Select(static job => job.Sink).ToArray())
                    .With(jobs.Select(static job => job.Attempt).ToArray())
                    .With(jobs.Select(static job => job.Claim).ToArray())
                    .With(jobs.Select(static job => job.State).ToArray())
                    .With(jobs.Select(static job => job.Due).ToArray())
                    .With(jobs.Select(static job => job.Reason).ToArray()),
            },
        };
        var settled = new bool[jobs.Count];
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            settled[reader.GetInt64(0) - 1] = true;
        }

        // Only the end of the answers says that the transaction is committed.
        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }

        return settled;
    }
}
