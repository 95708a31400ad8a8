using Microsoft.Extensions.Logging;
using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Postgres.Nodes;

namespace Reassembly.Storage.Postgres.Queries;

/// <summary>
/// What waits for this node: committed messages to deliver, and open ones past their time. Both are the owner's, and those of dead nodes
/// are taken over before they are listed, each by one node.
/// </summary>
internal sealed class Deliveries(Database database, NodeLease lease, ILogger logger)
{
    private const int TakePage = 1024;

    private readonly string _undelivered = $"""
        SELECT tenant, id FROM {database.Schema}.message
        WHERE owner = $1 AND delivery = 1 AND committed > coalesce((SELECT committed FROM {database.Schema}.message WHERE id = $2 AND tenant = $3), 0)
        ORDER BY committed LIMIT $4
        """;

    private readonly string _overdue = $"SELECT tenant, id FROM {database.Schema}.message WHERE state = 0 AND due <= $2 AND expires_at <= $3 AND owner = $1 ORDER BY due LIMIT $4";

    private readonly string _take = Take(database.Schema, "delivery = 1", "committed");

    private readonly string _takeOverdue = Take(database.Schema, "state = 0 AND due <= $4 AND expires_at <= $5", "due");

    private readonly string _delivered = $"UPDATE {database.Schema}.message SET delivery = 2, owner = NULL WHERE id = $1 AND tenant = $2 AND delivery = 1";

    /// <inheritdoc cref="IMessageCatalogue.ListUndeliveredAsync"/>
    public Task<IReadOnlyList<MessageKey>> ListUndeliveredAsync(MessageKey? after, int limit, CancellationToken cancellationToken)
        => database.RunAsync((after, limit), ListUndeliveredAsync, cancellationToken);

    /// <inheritdoc cref="IMessageCatalogue.ListOverdueAsync"/>
    public Task<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => database.RunAsync((now, limit), ListOverdueAsync, cancellationToken);

    /// <inheritdoc cref="IMessageCatalogue.MarkDeliveredAsync"/>
    public Task MarkDeliveredAsync(MessageKey key, CancellationToken cancellationToken)
        => database.RunAsync(key, MarkDeliveredAsync, cancellationToken);

    // Looked at once more where it counts: the owner may have come back since the last beat.
    private static string Take(string schema, string condition, string order) => $"""
        UPDATE {schema}.message m SET owner = $1
        FROM (
            SELECT no FROM {schema}.message o
            WHERE owner = ANY($2) AND {condition}
                AND NOT EXISTS (SELECT FROM {schema}.node n WHERE n.no = o.owner AND n.beat_at > clock_timestamp() - interval '{NodeLease.DeadAfterSeconds} s')
            ORDER BY {order} LIMIT $3 FOR UPDATE SKIP LOCKED) taken
        WHERE m.no = taken.no
        """;

    private async Task<IReadOnlyList<MessageKey>> ListUndeliveredAsync(NpgsqlConnection connection, (MessageKey? After, int Limit) what)
    {
        if (what.After is null && lease.DeadOwners is { Count: > 0 } dead)
        {
            using var take = new NpgsqlCommand(_take, connection).With(lease.Node).With(dead.ToArray()).With(TakePage);
            if (await take.ExecuteNonQueryAsync().ConfigureAwait(false) is > 0 and var taken)
            {
                PostgresLog.DeliveriesTaken(logger, database.Place, taken);
            }
        }

        using var list = new NpgsqlCommand(_undelivered, connection)
            .With(lease.Node).With(what.After?.Id.Value ?? Guid.Empty).With(what.After?.Tenant ?? string.Empty).With(what.Limit);
        return await KeysAsync(list).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<MessageKey>> ListOverdueAsync(NpgsqlConnection connection, (DateTimeOffset Now, int Limit) what)
    {
        var ticks = what.Now.UtcTicks;
        var due = ticks / DueStep.Ticks;
        if (lease.DeadOwners is { Count: > 0 } dead)
        {
            using var take = new NpgsqlCommand(_takeOverdue, connection).With(lease.Node).With(dead.ToArray()).With(what.Limit).With(due).With(ticks);
            await take.ExecuteNonQueryAsync().ConfigureAwait(false);
        }

        using var list = new NpgsqlCommand(_overdue, connection).With(lease.Node).With(due).With(ticks).With(what.Limit);
        return await KeysAsync(list).ConfigureAwait(false);
    }

    private async Task<bool> MarkDeliveredAsync(NpgsqlConnection connection, MessageKey key)
    {
        using var command = new NpgsqlCommand(_delivered, connection).With(key);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false) > 0;
    }

    private static async Task<IReadOnlyList<MessageKey>> KeysAsync(NpgsqlCommand command)
    {
        var keys = new List<MessageKey>();
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            keys.Add(new MessageKey(reader.GetString(0), new MessageId(reader.GetGuid(1))));
        }

        return keys;
    }
}
