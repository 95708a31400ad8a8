using Npgsql;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Schema;

/// <summary>Brings the tables to the version that this program knows, once, however many nodes start at the same time.</summary>
internal sealed class SchemaVersion(PostgresStoreOptions options)
{
    // Any number that no other program is likely to lock with.
    private const long LockKey = 0x5265_6173_7365_6d62;

    // Another node may be making the tables, or filling a large one anew.
    private const int PatienceSeconds = 120;

    private readonly string _schema = options.Schema;
    private readonly string _payload = options.KeepsPayloadInFiles ? PostgresStoreOptions.InDirectory : PostgresStoreOptions.InDatabase;

    /// <summary>Makes the tables, and with <paramref name="makeFolder"/> the folder of the store, where they are not there.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="makeFolder">Called with the store's name: once in the store's life with true, to make its folder; afterwards with false, to make sure that it is there.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SchemaMismatchException">The tables are not for this node.</exception>
    public async Task EnsureAsync(NpgsqlConnection connection, Action<Guid, bool> makeFolder, CancellationToken cancellationToken)
    {
        // Looked at first: where all is made, a role that may not make tables will do.
        if (await FindAsync(connection, cancellationToken).ConfigureAwait(false) is { IsWhole: true } whole)
        {
            makeFolder(whole.Name, false);
            return;
        }

        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        await ExecuteAsync(connection, $"SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({LockKey})", cancellationToken).ConfigureAwait(false);
        if (await FindAsync(connection, cancellationToken).ConfigureAwait(false) is not { } state)
        {
            // The name is in no other database: two stores may use one folder for their payloads.
            await ExecuteAsync(
                connection,
                $"""
                CREATE SCHEMA IF NOT EXISTS {_schema};
                CREATE TABLE {_schema}.store (version int NOT NULL, name uuid NOT NULL, payload text NOT NULL, has_folder boolean NOT NULL);
                INSERT INTO {_schema}.store VALUES (0, gen_random_uuid(), '{_payload}', false)
                """,
                cancellationToken).ConfigureAwait(false);
            state = (await FindAsync(connection, cancellationToken).ConfigureAwait(false))!.Value;
        }

        await ExecuteAsync(connection, $"SET LOCAL search_path TO {_schema}", cancellationToken).ConfigureAwait(false);
        for (var version = state.Version; version < Tables.Versions.Count; version++)
        {
            await ExecuteAsync(connection, Tables.Versions[version], cancellationToken).ConfigureAwait(false);
        }

        makeFolder(state.Name, !state.HasFolder);
        await ExecuteAsync(connection, $"UPDATE store SET version = {Tables.Versions.Count}, has_folder = true", cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<State?> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Read from the table of tables: to_regclass answers from a cache, which a transaction that waited for another does not renew.
        using var exists = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'store')", connection).With(_schema);
        if (await exists.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
        {
            return null;
        }

        using var command = new NpgsqlCommand($"SELECT version, name, payload, has_folder FROM {_schema}.store", connection);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var state = new State(reader.GetInt32(0), reader.GetGuid(1), reader.GetBoolean(3));
        if (state.Version > Tables.Versions.Count)
        {
            throw new SchemaMismatchException(
                $"the schema {_schema} is of version {state.Version}, and this program knows {Tables.Versions.Count}: start the newer program, or set another {PostgresStoreOptions.Section}:{nameof(PostgresStoreOptions.Schema)}");
        }

        return reader.GetString(2) is var payload && payload == _payload
            ? state
            : throw new SchemaMismatchException(
                $"the schema {_schema} was made with {PostgresStoreOptions.Section}:{nameof(PostgresStoreOptions.Payload)}={payload}, and this node has {_payload}: set it as it was, or set another {nameof(PostgresStoreOptions.Schema)}");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = PatienceSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private readonly record struct State(int Version, Guid Name, bool HasFolder)
    {
        public bool IsWhole => Version == Tables.Versions.Count && HasFolder;
    }
}
