using Npgsql;

namespace Reassembly.Silo.Membership;

/// <summary>
/// The tables that tell silos and edges of one another: one row a cluster, with the version of its table, and one row a silo. Every
/// change of a silo's row raises the cluster's version and takes it as the row's own: these numbers are the etags.
/// </summary>
internal sealed class MembershipSchema(NpgsqlDataSource database, string schema)
{
    /// <summary>Held while the tables are made, so that nodes that start at once do not make them twice: the first bytes of "silos".</summary>
    private const long CreateLock = 0x7369_6C6F_73;

    /// <summary>Another node may be making the tables.</summary>
    private const int PatienceSeconds = 120;

    public NpgsqlDataSource Database => database;

    /// <summary>The table of clusters, ready for use in a statement.</summary>
    public string Clusters { get; } = Quote(schema) + ".clusters";

    /// <summary>The table of silos, ready for use in a statement.</summary>
    public string Silos { get; } = Quote(schema) + ".silos";

    /// <summary>Makes what is not there yet.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        // Looked at first: where all is made, a role that may not make tables will do.
        await using var look = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL", connection)
        {
            Parameters = { new() { Value = Clusters }, new() { Value = Silos } },
        };
        if (await look.ExecuteScalarAsync(cancellationToken) is true)
        {
            return;
        }

        // Not in one transaction with what follows: that would have begun before the wait, and would not see what was made meanwhile.
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({CreateLock})", cancellationToken);
        try
        {
            await ExecuteAsync(connection, $"""
                CREATE SCHEMA IF NOT EXISTS {Quote(schema)};
                CREATE TABLE IF NOT EXISTS {Clusters} (
                    cluster_id text PRIMARY KEY,
                    version int NOT NULL);
                CREATE TABLE IF NOT EXISTS {Silos} (
                    cluster_id text NOT NULL REFERENCES {Clusters} ON DELETE CASCADE,
                    address text NOT NULL,
                    version int NOT NULL,
                    status smallint NOT NULL,
                    name text NOT NULL,
                    host text NOT NULL,
                    gateway_port int NOT NULL,
                    started timestamptz NOT NULL,
                    alive timestamptz NOT NULL,
                    suspected_by text[] NOT NULL,
                    suspected_at timestamptz[] NOT NULL,
                    PRIMARY KEY (cluster_id, address));
                """, cancellationToken);
        }
        finally
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({CreateLock})", CancellationToken.None);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = PatienceSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
