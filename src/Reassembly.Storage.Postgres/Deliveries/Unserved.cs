using Npgsql;
using Reassembly.Core.Storage;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>What waits for sinks that nodes do not have.</summary>
internal sealed class Unserved(Database database)
{
    private readonly string _served = $"DELETE FROM {database.Schema}.unserved WHERE channel = $1 AND sink = $2 AND $3 IS NOT NULL";
    private readonly string _unserved = $"INSERT INTO {database.Schema}.unserved (channel, sink, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

    // The record of a message that is kept for a sink says the same of one that has a dead letter.
    private readonly string _bury = $"""
        WITH left_over AS (
            SELECT no, sink FROM {database.Schema}.delivery o
            WHERE channel = $1 AND sink = $2 AND {Lanes.IsOpen} AND state = {Entry.Waits} AND since <= $3
                AND EXISTS (SELECT FROM {database.Schema}.unserved u WHERE u.channel = $1 AND u.sink = $2 AND u.since <= $3)
            ORDER BY committed LIMIT $5 FOR UPDATE OF o SKIP LOCKED)
        UPDATE {database.Schema}.delivery d SET state = {Entry.Dead}, due = 0, reason = $4 FROM left_over l WHERE d.no = l.no AND d.sink = l.sink
        """;

    /// <inheritdoc cref="IDeliveryLedger.NoteServedAsync"/>
    public Task<int> NoteAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken)
        => database.RunAsync((isServed ? _served : _unserved, channel, sink, now.UtcTicks), NoteAsync, cancellationToken);

    /// <inheritdoc cref="IDeliveryLedger.BuryAsync"/>
    public Task<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken)
        => database.RunAsync((channel, sink, before.UtcTicks, reason, limit), BuryAsync, cancellationToken);

    private static async Task<int> NoteAsync(NpgsqlConnection connection, (string Sql, string Channel, string Sink, long Since) what)
    {
        using var command = new NpgsqlCommand(what.Sql, connection).With(what.Channel).With(what.Sink).With(what.Since);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private async Task<int> BuryAsync(NpgsqlConnection connection, (string Channel, string Sink, long Before, string Reason, int Limit) what)
    {
        using var command = new NpgsqlCommand(_bury, connection).With(what.Channel).With(what.Sink).With(what.Before).With(what.Reason).With(what.Limit);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }
}
