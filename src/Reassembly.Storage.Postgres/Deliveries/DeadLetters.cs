using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Postgres.News;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>What sinks did not take: listed, sent again, or given up.</summary>
internal sealed class DeadLetters
{
    private readonly Database _database;
    private readonly NewsDesk _news;
    private readonly PostgresStoreProbe _probe;
    private readonly string _list;
    private readonly string _lock;
    private readonly string _revive;
    private readonly string _drop;

    public DeadLetters(Database database, NewsDesk news, PostgresStoreProbe probe)
    {
        _database = database;
        _news = news;
        _probe = probe;
        var schema = database.Schema;
        _list = $"""
            SELECT m.tenant, m.id, d.sink, d.attempt, d.reason, d.since, d.committed FROM {schema}.delivery d JOIN {schema}.message m ON m.no = d.no
            WHERE d.state = {Entry.Dead} AND d.channel = $1 AND (d.committed, d.sink) > ($2, $3)
            ORDER BY d.committed, d.sink LIMIT $4
            """;
        _lock = $"SELECT FROM {schema}.message WHERE id = $1 AND tenant = $2 FOR NO KEY UPDATE";
        var ofMessage = $"FROM {schema}.message m WHERE m.id = $1 AND m.tenant = $2 AND d.no = m.no AND d.state = {Entry.Dead} AND d.channel = $3";
        _revive = Touch(
            schema, $"UPDATE {schema}.delivery d SET state = {Entry.Waits}, attempt = 0, due = 0, reason = NULL {ofMessage} RETURNING d.no, d.sink, d.state", DeliveryState.Pending);
        _drop = Touch(schema, $"DELETE FROM {schema}.delivery d {ofMessage.Replace("FROM", "USING", StringComparison.Ordinal)} RETURNING d.no, d.sink, NULL::smallint AS state", DeliveryState.Delivered);
    }

    /// <inheritdoc cref="IDeliveryLedger.ListDeadAsync"/>
    public Task<DeadLetterPage> ListAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken)
        => _database.RunAsync((channel, after, limit), ListAsync, cancellationToken);

    /// <inheritdoc cref="IDeliveryLedger.ReviveAsync"/>
    public async Task<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken)
    {
        var revived = await _database.RunAsync((_revive, key, channel), TouchAsync, cancellationToken).ConfigureAwait(false);
        if (revived > 0)
        {
            _news.Waits(channel);
        }

        return revived;
    }

    /// <inheritdoc cref="IDeliveryLedger.DropAsync"/>
    public Task<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken)
        => _database.RunAsync((_drop, key, channel), TouchAsync, cancellationToken);

    private static string Touch(string schema, string change, DeliveryState otherwise) => $"""
        WITH touched AS ({change}),
        marked AS (
            UPDATE {schema}.message m SET delivery = {Entry.DeliveryOf(schema, "m", "touched", otherwise)} FROM (SELECT DISTINCT no FROM touched) c WHERE m.no = c.no)
        SELECT count(*) FROM touched
        """;

    private async Task<DeadLetterPage> ListAsync(NpgsqlConnection connection, (string Channel, DeadLetterPlace? After, int Limit) what)
    {
        using var command = new NpgsqlCommand(_list, connection)
            .With(what.Channel).With(what.After?.Committed ?? 0L).With(what.After?.Sink ?? string.Empty).With(what.Limit);
        DeadLetterPlace? last = null;
        var letters = new List<DeadLetter>();
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var key = new MessageKey(reader.GetString(0), new MessageId(reader.GetGuid(1)));
            letters.Add(new DeadLetter(key, reader.GetString(2), reader.GetInt32(3), reader.GetString(4), new DateTimeOffset(reader.GetInt64(5), TimeSpan.Zero)));
            last = new DeadLetterPlace(reader.GetInt64(6), reader.GetString(2));
        }

        return new DeadLetterPage(letters, letters.Count == what.Limit ? last : null);
    }

    private async Task<int> TouchAsync(NpgsqlConnection connection, (string Sql, MessageKey Key, string Channel) what)
    {
        _probe(PostgresStoreStep.BeforeEntries);

        // Locked by a statement of its own: the one after it sees what others have settled of the message until then.
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new NpgsqlBatchCommand(_lock).With(what.Key), new NpgsqlBatchCommand(what.Sql).With(what.Key).With(what.Channel) },
        };
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync().ConfigureAwait(false);
        await reader.ReadAsync().ConfigureAwait(false);
        var count = (int)reader.GetInt64(0);
        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }

        _probe(PostgresStoreStep.EntriesChanged);
        return count;
    }
}
