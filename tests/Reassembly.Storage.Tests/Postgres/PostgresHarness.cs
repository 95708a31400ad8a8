using System.Security.Cryptography;
using Npgsql;
using Reassembly.Core.Storage;
using Reassembly.Storage.Postgres;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;
using Reassembly.Testing.Postgres;

namespace Reassembly.Storage.Tests.Postgres;

/// <summary>
/// A store in a schema of its own. Its death is that of the node: from the step on nothing of it reaches the database, and its lease
/// runs out; another node opens what it left behind.
/// </summary>
internal sealed class PostgresHarness : IDurableStoreHarness
{
    /// <summary>For a statement, where nothing is done to the server.</summary>
    internal static readonly TimeSpan PatienceWithDisk = TimeSpan.FromMinutes(1);

    private static readonly string[] FileSteps =
    [
        nameof(PostgresStoreStep.BeforeBytes), nameof(PostgresStoreStep.BytesWritten), nameof(PostgresStoreStep.BytesFlushed), nameof(PostgresStoreStep.FolderFlushed),
    ];

    private readonly Lock _gate = new();
    private readonly PostgresServer _server;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-shared-");
    private readonly string _payload;
    private readonly TimeSpan _patience;
    private PostgresStoreStep? _dieAt;
    private PostgresStoreStep? _failAt;
    private int _skip;
    private bool _dead;

    private PostgresHarness(PostgresServer server, string payload, TimeSpan patience)
    {
        _server = server;
        _patience = patience;
        _payload = payload;
        Steps = payload == PostgresStoreOptions.InDirectory ? Enum.GetNames<PostgresStoreStep>() : [.. Enum.GetNames<PostgresStoreStep>().Except(FileSteps)];
    }

    public PostgresMessageStore Postgres { get; private set; } = null!;

    /// <summary>Holds the tables; and its connections call themselves so.</summary>
    public string Schema { get; } = $"test_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    public string Folder => _folder.FullName;

    public RecordingLogger Log { get; } = new();

    public IMessageStore Store => Postgres;

    public IMessageCatalogue Catalogue => Postgres;

    public IDeliveryLedger Ledger => Postgres;

    public IReadOnlyList<string> Steps { get; }

    public IReadOnlyList<string> FailingSteps => [.. Steps.Except([nameof(PostgresStoreStep.Committed), nameof(PostgresStoreStep.EntriesChanged)])];

    /// <summary>Called at each step, before the harness does its own.</summary>
    public PostgresStoreProbe? Probe { get; set; }

    /// <param name="payload">Where payloads lie: one of the values of <see cref="PostgresStoreOptions.Payload"/>.</param>
    /// <param name="server">The shared one where null.</param>
    public static async Task<PostgresHarness> CreateAsync(string payload = PostgresStoreOptions.InDatabase, PostgresServer? server = null)
    {
        var patience = server is null ? PatienceWithDisk : Database.Patience;
        server ??= await PostgresServer.SharedAsync();
        var harness = new PostgresHarness(server, payload, patience);
        harness.Postgres = await harness.OpenAnotherAsync();
        return harness;
    }

    /// <summary>Each node learns by its next beat who is alive and who is not, and acts on it after that beat is counted.</summary>
    public static async Task BeatAsync(params PostgresMessageStore[] nodes)
    {
        foreach (var node in nodes)
        {
            var beats = node.Beats;
            await Eventually.TrueAsync(() => node.Beats > beats + 2, "a beat");
        }
    }

    /// <summary>Runs one statement on a connection of its own.</summary>
    public Task ExecuteAsync(string sql) => _server.ExecuteAsync(sql);

    /// <summary>Asks for one value, on a connection of its own.</summary>
    public Task<T> AskAsync<T>(string sql) => _server.AskAsync<T>(sql);

    /// <summary>Another node on the same tables; the caller disposes it.</summary>
    public async Task<PostgresMessageStore> OpenAnotherAsync(Action<PostgresStoreOptions>? change = null)
    {
        var options = new PostgresStoreOptions
        {
            ConnectionString = new NpgsqlConnectionStringBuilder(_server.ConnectionString) { ApplicationName = Schema }.ConnectionString,
            Schema = Schema,
            Payload = _payload,
            PayloadDirectory = Folder,
            MaxConnections = 8,
            Patience = _patience,
        };
        change?.Invoke(options);
        var store = new PostgresMessageStore(options, TimeProvider.System, Log, OnStep);
        await store.OpenAsync(CancellationToken.None);
        return store;
    }

    public void DieAt(string stepName, int skip)
    {
        lock (_gate)
        {
            _dieAt = Enum.Parse<PostgresStoreStep>(stepName);
            _skip = skip;
        }
    }

    public void FailAt(string stepName)
    {
        lock (_gate)
        {
            _failAt = Enum.Parse<PostgresStoreStep>(stepName);
        }
    }

    public async ValueTask ReopenAsync()
    {
        var node = Postgres.Node;
        await Postgres.DisposeAsync();
        await ExecuteAsync($"DELETE FROM {Schema}.node WHERE no = {node}");
        lock (_gate)
        {
            _dead = false;
            _dieAt = null;
            _failAt = null;
        }

        Postgres = await OpenAnotherAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        try
        {
            await ExecuteAsync($"DROP SCHEMA {Schema} CASCADE");
        }
        catch (NpgsqlException)
        {
            // A server that the test stopped goes with its folder.
        }

        _folder.Delete(recursive: true);
    }

    private void OnStep(PostgresStoreStep step)
    {
        Probe?.Invoke(step);
        lock (_gate)
        {
            if (_failAt == step)
            {
                _failAt = null;
                throw new IOException($"injected at {step}");
            }

            _dead |= _dieAt == step && _skip-- == 0;
            if (_dead)
            {
                throw new IOException($"dead since {_dieAt}");
            }
        }
    }
}
