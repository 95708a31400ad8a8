using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Postgres.Nodes;

namespace Reassembly.Storage.Postgres.Queries;

/// <summary>
/// Open messages past their time. They are the owner's, and those of dead nodes are taken over before they are listed, each by one node.
/// </summary>
internal sealed class Overdue(Database database, NodeLease lease)
{
    private readonly string _list = $"SELECT tenant, id FROM {database.Schema}.message WHERE state = 0 AND due <= $2 AND expires_at <= $3 AND owner = $1 ORDER BY due LIMIT $4";

    // Looked at once more where it counts: the owner may have come back since the last beat.
    private readonly string _take = $"""
        UPDATE {database.Schema}.message m SET owner = $1
        FROM (
            SELECT no FROM {database.Schema}.message o
            WHERE owner = ANY($2) AND state = 0 AND due <= $4 AND expires_at <= $5 AND NOT {NodeLease.IsAlive(database.Schema, "o.owner")}
            ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED) taken
        WHERE m.no = taken.no
        """;

    /// <inheritdoc cref="IMessageCatalogue.ListOverdueAsync"/>
    public Task<IReadOnlyList<MessageKey>> ListAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => database.RunAsync((now, limit), ListAsync, cancellationToken);

    private async Task<IReadOnlyList<MessageKey>> ListAsync(NpgsqlConnection connection, (DateTimeOffset Now, int Limit) what)
    {
        var ticks = what.Now.UtcTicks;
        var due = ticks / DueStep.Ticks;
        if (lease.DeadOwners is { Count: > 0 } dead)
        {
            using var take = new NpgsqlCommand(_take, connection).With(lease.Node).With(dead.ToArray()).With(what.Limit).With(due).With(ticks);
            await take.ExecuteNonQueryAsync().ConfigureAwait(false);
        }

        using var list = new NpgsqlCommand(_list, connection).With(lease.Node).With(due).With(ticks).With(what.Limit);
        var keys = new List<MessageKey>();
        var reader = await list.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            keys.Add(new MessageKey(reader.GetString(0), new MessageId(reader.GetGuid(1))));
        }

        return keys;
    }
}
