using System.Net;
using System.Security.Cryptography;
using Npgsql;

namespace Reassembly.Testing.Postgres;

/// <summary>
/// A PostgreSQL for tests: the one that <c>REASSEMBLY_TEST_POSTGRES</c> names, or one of its own with a folder and a port that stay
/// the same however often it ends and starts. Its own one ends, and its folder goes, with the test process, however that ends.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>A connection string with the right to create databases.</summary>
    public const string Variable = "REASSEMBLY_TEST_POSTGRES";

    /// <summary>How long the server has to start or to end before the test fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private static readonly Lazy<PostgresBinaries?> Binaries = new(PostgresBinaries.Find);
    private static readonly Lazy<Task<PostgresServer>> SharedServer = new(static () => GivenConnectionString is { } given
        ? Task.FromResult(new PostgresServer(given))
        : StartNewAsync());

    private readonly PostgresFolder? _folder;

    private PostgresServer(string connectionString) => ConnectionString = connectionString;

    private PostgresServer(PostgresFolder folder, string connectionString)
        : this(connectionString) => _folder = folder;

    /// <summary>Why there is no PostgreSQL for tests here, as one sentence; null where there is one.</summary>
    public static string? Missing => GivenConnectionString is null ? MissingBinaries : null;

    /// <summary>Why no server of the tests' own can be started here, as one sentence; null where one can.</summary>
    public static string? MissingBinaries => Binaries.Value is null
        ? $"no PostgreSQL is installed here (looked for postgres, initdb and pg_ctl in PATH and /usr/lib/postgresql); install it or set {Variable}"
        : null;

    /// <summary>Of the database <c>postgres</c>; see <see cref="CreateDatabaseAsync"/>.</summary>
    public string ConnectionString { get; }

    /// <summary>Where it listens; null for a given server.</summary>
    public IPEndPoint? EndPoint => _folder?.EndPoint;

    private static string? GivenConnectionString => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : null;

    private PostgresFolder Own => _folder ?? throw new InvalidOperationException($"The server of {Variable} is not the tests' to stop; use one from {nameof(StartNewAsync)}.");

    /// <summary>One server for the whole test process. Tests share it, each with a database of its own, and never stop it.</summary>
    public static Task<PostgresServer> SharedAsync() => SharedServer.Value;

    /// <summary>Starts a server that is the caller's alone.</summary>
    /// <param name="settings">Further settings, such as <c>max_connections=20</c>.</param>
    public static async Task<PostgresServer> StartNewAsync(params string[] settings)
    {
        var binaries = Binaries.Value ?? throw new InvalidOperationException(MissingBinaries);
        var folder = await PostgresFolder.MakeAsync(binaries, settings);
        try
        {
            await folder.StartAsync();
        }
        catch
        {
            await folder.DisposeAsync();
            throw;
        }

        return new PostgresServer(folder, new NpgsqlConnectionStringBuilder
        {
            Host = folder.EndPoint.Address.ToString(),
            Port = folder.EndPoint.Port,
            Username = "postgres",
            Database = "postgres",
        }.ConnectionString);
    }

    /// <summary>A fresh database, dropped when it is disposed.</summary>
    public async Task<PostgresDatabase> CreateDatabaseAsync()
    {
        var name = $"reassembly_test_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return new PostgresDatabase(this, name);
    }

    /// <summary>Runs one statement on a connection of its own.</summary>
    public Task ExecuteAsync(string sql) => ExecuteAsync(ConnectionString, sql);

    /// <summary>Asks for one value, on a connection of its own.</summary>
    public Task<T> AskAsync<T>(string sql) => AskAsync<T>(ConnectionString, sql);

    /// <summary>Starts it again on the same folder and port; returns when it takes connections.</summary>
    public Task StartAsync() => Own.StartAsync();

    /// <summary>A fast shutdown: connections are cut, everything is on disk.</summary>
    public Task StopAsync() => Own.StopAsync();

    /// <summary>SIGKILL to the server and all its processes: nothing of it runs on, and what is not in the WAL is lost.</summary>
    public Task KillAsync() => Own.KillAsync();

    /// <summary>SIGSTOP: connections stay, and nothing answers.</summary>
    public Task PauseAsync() => Own.SignalAsync("-STOP");

    /// <summary>SIGCONT: goes on where it was paused.</summary>
    public Task ResumeAsync() => Own.SignalAsync("-CONT");

    public ValueTask DisposeAsync() => _folder?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = await OpenAsync(connectionString);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }

    internal static async Task<T> AskAsync<T>(string connectionString, string sql)
    {
        await using var connection = await OpenAsync(connectionString);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
