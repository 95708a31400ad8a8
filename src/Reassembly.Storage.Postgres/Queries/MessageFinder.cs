using Npgsql;
using Reassembly.Core;

namespace Reassembly.Storage.Postgres.Queries;

/// <summary>Looks messages up by their key.</summary>
internal sealed class MessageFinder(Database database)
{
    private readonly string _find = $"SELECT {MessageRow.Columns("m")} FROM {database.Schema}.message m WHERE m.id = $1 AND m.tenant = $2";

    /// <summary>Called with the number of each row that is read: an id that was purged and began again has another.</summary>
    public Action<MessageKey, long> Seen { get; set; } = static (_, _) => { };

    /// <summary>The row of a message, or null where there is none.</summary>
    public async Task<MessageRow?> FindAsync(MessageKey key, CancellationToken cancellationToken)
    {
        var row = await database.RunAsync(key, FindAsync, cancellationToken).ConfigureAwait(false);
        if (row is { } found)
        {
            Seen(key, found.No);
        }

        return row;
    }

    /// <summary>The same on a connection of the caller's.</summary>
    public async Task<MessageRow?> FindAsync(NpgsqlConnection connection, MessageKey key)
    {
        using var command = new NpgsqlCommand(_find, connection).With(key);
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        return await reader.ReadAsync().ConfigureAwait(false) ? MessageRow.Read(reader) : null;
    }
}
