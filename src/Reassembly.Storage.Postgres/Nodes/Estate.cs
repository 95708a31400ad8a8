using Microsoft.Extensions.Logging;
using Npgsql;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Postgres.Deliveries;
using Reassembly.Storage.Postgres.News;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Nodes;

/// <summary>
/// What dead nodes had under way waits again, page by page, each by one node: entries that they took for as long as they live; and what
/// nodes of version 1 were to hand on, which gets an entry for the one sink that they had.
/// </summary>
internal sealed class Estate
{
    private const int Page = 1024;

    // The lease is renewed by the next beat, and would be over if this one took too long.
    private const int MostPagesInBeat = 8;

    private readonly Database _database;
    private readonly NodeLease _lease;
    private readonly NewsDesk _news;
    private readonly ILogger _logger;
    private readonly string[] _steps;

    public Estate(Database database, NodeLease lease, NewsDesk news, ILogger logger)
    {
        _database = database;
        _lease = lease;
        _news = news;
        _logger = logger;
        var schema = database.Schema;

        // Both look once more where it counts: the owner may have come back since the last beat.
        var taken = $"""
            WITH left_over AS (
                SELECT no, sink FROM {schema}.delivery o WHERE owner = ANY($1) AND NOT {NodeLease.IsAlive(schema, "o.owner")} LIMIT {Page} FOR UPDATE OF o SKIP LOCKED)
            UPDATE {schema}.delivery d SET state = {Entry.Waits}, due = 0, owner = NULL FROM left_over l WHERE d.no = l.no AND d.sink = l.sink RETURNING d.channel
            """;

        // Only what a node of version 1 committed has an owner once it has ended. The description is read as text: one of its headers may
        // hold what the database's own JSON does not take. The channel is before them, and only numbers and hex digits are before it.
        const string Channel = """^\{("(type|id|size|sha256)":("[^"]*"|[0-9]+),)*"channel":("([^"\\]|\\.)*")""";
        var pending = $"""
            WITH left_over AS (
                SELECT no FROM {schema}.message o
                WHERE owner = ANY($1) AND committed IS NOT NULL AND delivery = {(int)DeliveryState.Pending} AND NOT {NodeLease.IsAlive(schema, "o.owner")}
                ORDER BY committed LIMIT {Page} FOR UPDATE OF o SKIP LOCKED),
            freed AS (
                UPDATE {schema}.message m SET owner = NULL FROM left_over l WHERE m.no = l.no
                RETURNING m.no, m.committed, m.created_at, (regexp_match(convert_from(m.open, 'UTF8'), '{Channel}'))[4]::json #>> '{"{}"}' AS channel)
            INSERT INTO {schema}.delivery (no, sink, channel, committed, since)
            SELECT no, 'directory', coalesce(channel, '{WireProtocol.DefaultChannel}'), committed, created_at FROM freed
            ON CONFLICT DO NOTHING RETURNING channel
            """;
        _steps = [taken, pending];
    }

    public async Task ShareOutAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_lease.DeadOwners is not { Count: > 0 } dead)
        {
            return;
        }

        var owners = dead.ToArray();
        foreach (var step in _steps)
        {
            for (int pages = 0, found = Page; found == Page && pages < MostPagesInBeat; pages++)
            {
                var channels = await RunAsync(connection, step, owners, cancellationToken).ConfigureAwait(false);
                found = channels.Count;
                if (found > 0)
                {
                    PostgresLog.DeliveriesLeft(_logger, _database.Place, found);
                    channels.Distinct().ToList().ForEach(_news.Waits);
                }
            }
        }
    }

    private static async Task<List<string>> RunAsync(NpgsqlConnection connection, string step, long[] owners, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(step, connection).With(owners);
        var channels = new List<string>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            channels.Add(reader.GetString(0));
        }

        return channels;
    }
}
