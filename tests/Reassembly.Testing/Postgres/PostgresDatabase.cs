using Npgsql;

namespace Reassembly.Testing.Postgres;

/// <summary>A database of one test's own.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly PostgresServer _server;

    internal PostgresDatabase(PostgresServer server, string name)
    {
        _server = server;
        Name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString;
    }

    public PostgresServer Server => _server;

    public string Name { get; }

    public string ConnectionString { get; }

    /// <summary>Runs one statement in it, on a connection of its own.</summary>
    public Task ExecuteAsync(string sql) => PostgresServer.ExecuteAsync(ConnectionString, sql);

    /// <summary>Asks for one value, on a connection of its own.</summary>
    public Task<T> AskAsync<T>(string sql) => PostgresServer.AskAsync<T>(ConnectionString, sql);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _server.ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
        }
        catch (NpgsqlException)
        {
            // A server that the test stopped goes with its folder.
        }
    }
}
