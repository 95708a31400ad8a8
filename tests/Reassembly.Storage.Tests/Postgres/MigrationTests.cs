using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Files.Records;
using Reassembly.Storage.Postgres;
using Reassembly.Storage.Postgres.Schema;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;
using Reassembly.Testing.Postgres;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Postgres;

/// <summary>A database that version 1 made, with what it holds, and nodes of version 1 that are still there.</summary>
public sealed class MigrationTests
{
    private const string Schema = "reassembly";

    // A lease is written once here: it has to last until the test is through.
    private const string Alive = "clock_timestamp() + interval '1 hour'";
    private const string Dead = "clock_timestamp() - interval '60 s'";

    [PostgresFact]
    public async Task What_version_1_left_is_found_and_what_it_had_not_delivered_waits_for_the_directory()
    {
        await using var database = await CreateVersion1Async();
        await AddNodeAsync(database, 7, Dead);
        MessageKey open = NewKey(), named = NewKey("acme"), plain = NewKey(), undescribed = NewKey(), delivered = NewKey(), aborted = NewKey();
        await AddAsync(database, open, "7", state: 0);
        await AddAsync(database, named, "7", committed: 12, delivery: 1, description: Open(named) with { Channel = "a \"quoted\" \\ ä 日本" });
        await AddAsync(database, plain, "7", committed: 11, delivery: 1, description: Open(plain) with
        {
            Channel = null,
            Headers = new Dictionary<string, string> { ["channel"] = "not this one", ["nothing"] = "\0" },
        });
        await AddAsync(database, undescribed, "7", committed: 13, delivery: 1);
        await AddAsync(database, delivered, "NULL", committed: 10, delivery: 2);
        await AddAsync(database, aborted, "NULL", state: 4);

        await using var store = await OpenAsync(database);
        Assert.Equal(
            [
                new SinkDepth("a \"quoted\" \\ ä 日本", "directory", 1, 0, 0, Start),
                new SinkDepth("default", "directory", 2, 0, 0, Start),
            ],
            await store.DepthsAsync());
        Assert.Equal(
            [new DeliveryAttempt(plain, "directory", 1), new DeliveryAttempt(named, "directory", 1), new DeliveryAttempt(undescribed, "directory", 1)],
            await store.TakeAsync("directory"));
        Assert.Equal(0, await database.AskAsync<long>($"SELECT count(*) FROM {Schema}.message WHERE state > 0 AND owner IS NOT NULL"));
        Assert.True(await store.SettleAsync(plain, "directory", 1, DeliveryResult.Delivered));
        Assert.Equal(DeliveryState.Delivered, await store.DeliveryOfAsync(plain));
        Assert.Equal(DeliveryState.Pending, await store.DeliveryOfAsync(named));
        Assert.Equal(DeliveryState.Delivered, await store.DeliveryOfAsync(delivered));
        Assert.Equal(DeliveryState.None, await store.DeliveryOfAsync(aborted));
        Assert.Equal([open], await store.ListOverdueAsync(Later, 10, CancellationToken.None));

        // An open one goes on, and has entries when it is committed.
        await store.WriteAsync(open, await store.ClaimAsync(open), new MessageWrite([], Committed(open, PlanFor(First, Second)), PlanFor(First, Second)));
        Assert.Equal([new DeliveryAttempt(open, Second, 1)], await store.TakeAsync(Second));
    }

    [PostgresFact]
    public async Task What_a_node_of_version_1_is_to_deliver_is_left_to_it_until_it_is_gone()
    {
        await using var database = await CreateVersion1Async();
        await AddNodeAsync(database, 7, Alive);
        var key = NewKey();
        await AddAsync(database, key, "7", committed: 11, delivery: 1, description: Open(key));
        await using var store = await OpenAsync(database);
        Assert.Empty(await store.TakeAsync("directory"));

        // It goes on beside the newer tables, and commits something after they were made.
        var late = NewKey();
        await AddAsync(database, late, "7", committed: 12, delivery: 1, description: Open(late));
        await PostgresHarness.BeatAsync(store);
        Assert.Empty(await store.TakeAsync("directory"));
        var done = NewKey();
        await AddAsync(database, done, "NULL", committed: 13, delivery: 2);
        await database.ExecuteAsync($"DELETE FROM {Schema}.node WHERE no = 7");
        await PostgresHarness.BeatAsync(store);
        Assert.Equal([new DeliveryAttempt(key, "directory", 1), new DeliveryAttempt(late, "directory", 1)], await store.TakeAsync("directory"));
    }

    [PostgresFact]
    public async Task A_message_that_a_node_of_version_1_purges_takes_its_entries_along()
    {
        await using var database = await CreateVersion1Async();
        await using var store = await OpenAsync(database);
        var key = await store.CommitAsync(Subscribers);
        await database.ExecuteAsync($"DELETE FROM {Schema}.message WHERE id = '{key.Id}'");
        Assert.Empty(await store.TakeAsync(Subscribers));
        Assert.Empty(await store.DepthsAsync());
    }

    [PostgresFact]
    public async Task Eight_nodes_that_start_at_once_migrate_the_tables_once()
    {
        await using var database = await CreateVersion1Async();
        await AddNodeAsync(database, 7, Dead);
        var keys = new List<MessageKey>();
        for (var index = 0; index < 50; index++)
        {
            keys.Add(NewKey());
            await AddAsync(database, keys[^1], "7", committed: index + 1, delivery: 1);
        }

        var log = new RecordingLogger();
        var stores = Enumerable.Range(0, 8).Select(_ => Store(database, log)).ToArray();
        try
        {
            await Task.WhenAll(stores.Select(store => Task.Run(() => store.OpenAsync(CancellationToken.None))));
            Assert.All(stores, store => Assert.True(store.Fault is null, store.Fault));
            Assert.Empty(log.Faults);
            Assert.Equal(Tables.Versions.Count, await database.AskAsync<int>($"SELECT version FROM {Schema}.store"));
            await Eventually.TrueAsync(() => database.AskAsync<bool>($"SELECT count(*) = 50 FROM {Schema}.delivery"), "all have entries");
            var taken = await Task.WhenAll(stores.Select(store => store.TakeAsync("directory", 10).AsTask()));
            Assert.Equal(keys.OrderBy(key => key.Id), taken.SelectMany(some => some).Select(attempt => attempt.Key).OrderBy(key => key.Id));
        }
        finally
        {
            foreach (var store in stores)
            {
                await store.DisposeAsync();
            }
        }
    }

    private static async Task<PostgresDatabase> CreateVersion1Async()
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.ExecuteAsync($"""
            CREATE SCHEMA {Schema};
            SET search_path TO {Schema};
            CREATE TABLE store (version int NOT NULL, name uuid NOT NULL, payload text NOT NULL, has_folder boolean NOT NULL);
            INSERT INTO store VALUES (1, gen_random_uuid(), '{PostgresStoreOptions.InDatabase}', true);
            {Tables.Versions[0]}
            """);
        return database;
    }

    private static Task AddNodeAsync(PostgresDatabase database, int no, string beatAt)
        => database.ExecuteAsync($"INSERT INTO {Schema}.node (no, name, beat_at) OVERRIDING SYSTEM VALUE VALUES ({no}, 'old', {beatAt}); SELECT setval('{Schema}.node_no_seq', 100)");

    private static Task AddAsync(PostgresDatabase database, MessageKey key, string owner, int state = 1, int? committed = null, int delivery = 0, OpenMessage? description = null)
        => database.ExecuteAsync($"""
            INSERT INTO {Schema}.message (tenant, id, epoch, owner, created_at, expires_at, size, open, outcome, state, delivery, committed)
            VALUES ('{key.Tenant}', '{key.Id}', 1, {owner}, {Start.UtcTicks}, {Start.UtcTicks}, 0,
                {(description is null ? "NULL" : Hex(ControlBytes.Write(description)))},
                {(state == 0 ? "NULL" : Hex(ControlBytes.Write(Ended(key, (OutcomeState)(state - 1), 0).Outcome!)))},
                {state}, {delivery}, {committed?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "NULL"})
            """);

    private static string Hex(byte[] bytes) => $"'\\x{Convert.ToHexString(bytes)}'::bytea";

    private static PostgresMessageStore Store(PostgresDatabase database, RecordingLogger log)
        => new(new PostgresStoreOptions { ConnectionString = database.ConnectionString, MaxConnections = 4, Patience = PostgresHarness.PatienceWithDisk }, TimeProvider.System, log);

    private static async Task<PostgresMessageStore> OpenAsync(PostgresDatabase database)
    {
        var store = Store(database, new RecordingLogger());
        await store.OpenAsync(CancellationToken.None);
        return store;
    }
}
