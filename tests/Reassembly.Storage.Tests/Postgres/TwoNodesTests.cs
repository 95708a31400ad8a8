using System.Collections.Concurrent;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Postgres;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;
using Reassembly.Testing.Postgres;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Postgres;

/// <summary>Several stores over one database: what one does to the messages of another.</summary>
public sealed class TwoNodesTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [PostgresTheory]
    [InlineData(PostgresStoreOptions.InDatabase)]
    [InlineData(PostgresStoreOptions.InDirectory)]
    public async Task A_takeover_fences_the_owner_and_nothing_it_writes_afterwards_is_seen(string payload)
    {
        await using var harness = await PostgresHarness.CreateAsync(payload);
        await using var other = await harness.OpenAnotherAsync();
        var key = NewKey();
        var old = await harness.Store.ClaimAsync(key);
        await harness.Store.WriteAsync(key, old, Record(new ByteRange(0, 1000)), (0, Bytes(1000)));

        var taken = await other.ClaimAsync(key, Record(), CancellationToken.None);
        AssertSame(Record(new ByteRange(0, 1000)), taken.Record);
        await Assert.ThrowsAsync<FencedException>(() => harness.Store.WriteAsync(key, old, Record(new ByteRange(0, 3000)), (1000, Bytes(2000, seed: 2))).AsTask());
        await Assert.ThrowsAsync<FencedException>(() => harness.Store.WriteAsync(key, old, Ended(key, OutcomeState.Aborted, 0)).AsTask());
        await other.WriteAsync(key, taken.Epoch, Record(new ByteRange(0, 2000)), (1000, Bytes(1000, seed: 3)));

        byte[] expected = [.. Bytes(1000), .. Bytes(1000, seed: 3)];
        Assert.Equal(expected, await other.ReadAsync(key, 0, 4000));
        Assert.Equal(expected, await harness.Store.ReadAsync(key, 0, 4000));
        Assert.Equal(expected[900..1100], await harness.Store.ReadAsync(key, 900, 200));
    }

    [PostgresTheory]
    [InlineData(PostgresStoreOptions.InDatabase)]
    [InlineData(PostgresStoreOptions.InDirectory)]
    public async Task Bytes_that_a_stopped_owner_was_about_to_record_are_not_seen_and_not_kept(string payload)
    {
        await using var harness = await PostgresHarness.CreateAsync(payload);
        await using var other = await harness.OpenAnotherAsync();
        var key = NewKey();
        var old = await harness.Store.ClaimAsync(key);
        await harness.Store.WriteAsync(key, old, Record(new ByteRange(0, 10)), (0, Bytes(10)));

        // The owner stops just before its transaction, and goes on once another has taken over and written.
        using var stopped = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        harness.Probe = step =>
        {
            if (step == PostgresStoreStep.BeforeCommit)
            {
                harness.Probe = null;
                stopped.Release();
                Assert.True(goOn.Wait(Patience));
            }
        };
        var late = Task.Run(() => harness.Store.WriteAsync(key, old, Record(new ByteRange(0, 20)), (10, Bytes(10, seed: 2))).AsTask());
        Assert.True(await stopped.WaitAsync(Patience));
        var epoch = await other.ClaimAsync(key);
        await other.WriteAsync(key, epoch, Record(new ByteRange(0, 20)), (10, Bytes(10, seed: 3)));
        goOn.Release();

        await Assert.ThrowsAsync<FencedException>(() => late);
        byte[] expected = [.. Bytes(10), .. Bytes(10, seed: 3)];
        Assert.Equal(expected, await other.ReadAsync(key, 0, 100));
        Assert.Equal(payload == PostgresStoreOptions.InDatabase ? 2 : 0, await harness.AskAsync<long>($"SELECT count(*) FROM {harness.Schema}.chunk"));

        // In files the fenced owner's earlier bytes stay, and its late ones lie in no extent.
        await harness.ReopenAsync();
        Assert.Equal(expected, await harness.Store.ReadAsync(key, 0, 100));
    }

    [PostgresTheory]
    [InlineData(PostgresStoreOptions.InDatabase)]
    [InlineData(PostgresStoreOptions.InDirectory)]
    public async Task Nodes_that_take_messages_from_each_other_at_random_lose_nothing_that_completed(string payload)
    {
        var random = Seed.Random(output.WriteLine);
        await using var harness = await PostgresHarness.CreateAsync(payload);
        await using var second = await harness.OpenAnotherAsync();
        await using var third = await harness.OpenAnotherAsync();
        PostgresMessageStore[] nodes = [harness.Postgres, second, third];
        var seeds = Enumerable.Range(0, 6).Select(_ => random.Next()).ToArray();
        var results = await Task.WhenAll(seeds.Select(seed => Task.Run(() => FightAsync(nodes, new Random(seed)))));
        output.WriteLine($"{results.Sum(result => result.Written)} writes completed, {results.Sum(result => result.Fenced)} were fenced");
        Assert.True(results.Sum(result => result.Fenced) > 0);
    }

    [PostgresFact]
    public async Task A_takeover_and_an_end_are_told_to_the_other_nodes()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var other = await harness.OpenAnotherAsync();
        await PostgresHarness.BeatAsync(harness.Postgres, other);
        var news = new NewsListener();
        using var subscription = harness.Postgres.Subscribe(news);
        await NewsListener.WhenListeningAsync(harness);
        var key = new MessageKey("a tenant, with ' and ä", NewKey().Id);
        var old = await harness.Store.ClaimAsync(key);
        await harness.Store.WriteAsync(key, old, Record(new ByteRange(0, 10)), (0, Bytes(10)));

        var epoch = await other.ClaimAsync(key);
        Assert.Equal((key, epoch), await news.Claimed.Task.WaitAsync(Patience));
        await other.WriteAsync(key, epoch, Ended(key, OutcomeState.Committed, 10));
        Assert.Equal(key, await news.Ended.Task.WaitAsync(Patience));
    }

    [PostgresFact]
    public async Task An_end_is_told_to_a_node_that_has_only_just_joined()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        var key = NewKey();
        var epoch = await harness.Store.ClaimAsync(key);
        await harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 10)), (0, Bytes(10)));

        // No beat of the owner between the two, which would show it the other node.
        await using var joined = await harness.OpenAnotherAsync();
        var news = new NewsListener();
        using var subscription = joined.Subscribe(news);
        await NewsListener.WhenListeningAsync(harness, listeners: 2);
        await harness.Store.WriteAsync(key, epoch, Ended(key, OutcomeState.Committed, 10));
        Assert.Equal(key, await news.Ended.Task.WaitAsync(Patience));
    }

    [PostgresFact]
    public async Task A_lost_connection_for_news_is_told_as_news_lost()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        var news = new NewsListener();
        using var subscription = harness.Postgres.Subscribe(news);
        await NewsListener.WhenListeningAsync(harness);
        await harness.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN {harness.Schema}'");
        await news.Lost.Task.WaitAsync(Patience);
    }

    [PostgresFact]
    public async Task Overdue_messages_of_a_live_node_are_its_own_and_those_of_a_dead_one_go_to_another_once()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var second = await harness.OpenAnotherAsync();
        await using var third = await harness.OpenAnotherAsync();
        var overdue = NewKey();
        await harness.Store.WriteAsync(overdue, await harness.Store.ClaimAsync(overdue), Record() with { ExpiresAt = Start });
        Assert.Empty(await second.ListOverdueAsync(Later, 100, CancellationToken.None));

        // Its lease is given back, as after a stop; a crash only takes ten seconds longer.
        await harness.Postgres.DisposeAsync();
        await PostgresHarness.BeatAsync(second, third);
        var ends = await Task.WhenAll(
            second.ListOverdueAsync(Later, 100, CancellationToken.None).AsTask(), third.ListOverdueAsync(Later, 100, CancellationToken.None).AsTask());
        Assert.Equal([overdue], ends.SelectMany(list => list));
    }

    [PostgresFact]
    public async Task A_node_whose_lease_is_gone_takes_a_new_number_and_what_it_owned_is_not_forgotten()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        var key = NewKey();
        var epoch = await harness.Store.ClaimAsync(key);
        var other = NewKey();
        var claimed = await harness.Store.ClaimAsync(other);
        var node = harness.Postgres.Node;

        // A write that is on its way as the number changes.
        using var stopped = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        harness.Probe = step =>
        {
            if (step == PostgresStoreStep.BeforeCommit)
            {
                harness.Probe = null;
                stopped.Release();
                Assert.True(goOn.Wait(10 * Patience));
            }
        };
        var write = Task.Run(() => harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 10)) with { ExpiresAt = Start }, (0, Bytes(10))));
        Assert.True(await stopped.WaitAsync(Patience));
        await harness.ExecuteAsync($"DELETE FROM {harness.Schema}.node");
        await Eventually.TrueAsync(() => harness.Postgres.Node != node, "a new number");
        await PostgresHarness.BeatAsync(harness.Postgres);
        goOn.Release();
        await write;

        // What it claimed under the old number it is to claim anew: others may have taken it for gone.
        await Assert.ThrowsAsync<FencedException>(() => harness.Store.WriteAsync(other, claimed, Record(new ByteRange(0, 10)), (0, Bytes(10))).AsTask());
        await Eventually.TrueAsync(
            async () => (await harness.Catalogue.ListOverdueAsync(Later, 10, CancellationToken.None)).SequenceEqual([key]), "the message of the old number is overdue");
    }

    [PostgresFact]
    public async Task Eight_nodes_that_start_at_once_make_the_tables_once()
    {
        var server = await PostgresServer.SharedAsync();
        await using var database = await server.CreateDatabaseAsync();
        var log = new RecordingLogger();
        var stores = Enumerable.Range(0, 8).Select(_ => new PostgresMessageStore(
            new PostgresStoreOptions { ConnectionString = database.ConnectionString, MaxConnections = 4, Patience = PostgresHarness.PatienceWithDisk }, TimeProvider.System, log)).ToArray();
        try
        {
            await Task.WhenAll(stores.Select(store => Task.Run(() => store.OpenAsync(CancellationToken.None))));
            Assert.All(stores, store => Assert.True(store.Fault is null, store.Fault));
            Assert.Equal(8, stores.Select(store => store.Node).Distinct().Count());
            Assert.Empty(log.Faults);
        }
        finally
        {
            foreach (var store in stores)
            {
                await store.DisposeAsync();
            }
        }
    }

    [PostgresFact]
    public async Task Nodes_purge_at_once_and_each_message_goes_once()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await using var other = await harness.OpenAnotherAsync();
        var keys = Enumerable.Range(0, 60).Select(_ => NewKey()).ToArray();
        await Task.WhenAll(keys.Select(key => harness.Store.EndAsync(key, OutcomeState.Committed, Bytes(10), expiresAt: Start)));
        var unwritten = NewKey();
        await harness.Store.ClaimAsync(unwritten);
        Assert.Equal(new StoreUsage(0, 600), await harness.Catalogue.GetUsageAsync(CancellationToken.None));

        var purged = new ConcurrentBag<MessageKey>();
        await Task.WhenAll(((IMessageCatalogue[])[harness.Postgres, other]).Select(async catalogue =>
        {
            for (var round = 0; round < 20; round++)
            {
                foreach (var one in await catalogue.PurgeAsync(Later, 7, CancellationToken.None))
                {
                    purged.Add(one.Key);
                }
            }
        }));

        Assert.Equal(keys.OrderBy(key => key.Id), purged.OrderBy(key => key.Id));
        Assert.Equal(0, await harness.AskAsync<long>($"SELECT count(*) FROM {harness.Schema}.message"));
        await Eventually.TrueAsync(() => harness.AskAsync<bool>($"SELECT count(*) = 0 FROM {harness.Schema}.chunk"), "the payloads are dropped");
        await Eventually.TrueAsync(() => harness.AskAsync<bool>($"SELECT count(*) = 0 FROM {harness.Schema}.dropped"), "nothing waits to be dropped");
    }

    [PostgresFact]
    public async Task Files_that_no_record_names_are_removed_at_a_start()
    {
        await using var harness = await PostgresHarness.CreateAsync(PostgresStoreOptions.InDirectory);
        var key = NewKey();
        await harness.Store.EndAsync(key, OutcomeState.Committed, Bytes(10));
        var kept = Assert.Single(Files());
        var orphan = Path.Combine(Path.GetDirectoryName(kept)!, "987654-3");
        var foreign = Path.Combine(Path.GetDirectoryName(kept)!, "notes.txt");
        await File.WriteAllTextAsync(orphan, "of no message");
        await File.WriteAllTextAsync(foreign, "not ours");
        await harness.ReopenAsync();
        await Eventually.TrueAsync(() => !File.Exists(orphan), "the orphan is removed");
        Assert.Equal(new[] { kept, foreign }.Order(), Files().Order());

        await harness.Catalogue.PurgeAsync(Later, 10, CancellationToken.None);
        await Eventually.TrueAsync(() => !File.Exists(kept), "a purged payload is removed");

        string[] Files() => Directory.GetFiles(harness.Folder, "*", SearchOption.AllDirectories);
    }

    [PostgresFact]
    public async Task A_node_whose_volume_is_not_mounted_says_so_and_takes_no_bytes()
    {
        await using var harness = await PostgresHarness.CreateAsync(PostgresStoreOptions.InDirectory);
        var elsewhere = Directory.CreateTempSubdirectory("reassembly-unmounted-");
        await using (var other = await harness.OpenAnotherAsync(options => options.PayloadDirectory = elsewhere.FullName))
        {
            Assert.Contains("is the shared volume mounted?", other.Fault, StringComparison.Ordinal);
            await Assert.ThrowsAsync<StoreException>(() => other.ClaimAsync(NewKey()));
        }

        Assert.Empty(Directory.GetFileSystemEntries(elsewhere.FullName));
        elsewhere.Delete();
    }

    [PostgresFact]
    public async Task Tables_that_are_not_for_this_node_stop_its_start_with_a_sentence()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        var mode = await Assert.ThrowsAsync<Storage.Postgres.Schema.SchemaMismatchException>(() => harness.OpenAnotherAsync(options => options.Payload = PostgresStoreOptions.InDirectory));
        Assert.Contains("Payload=database", mode.Message, StringComparison.Ordinal);
        await harness.ExecuteAsync($"UPDATE {harness.Schema}.store SET version = 99");
        var newer = await Assert.ThrowsAsync<Storage.Postgres.Schema.SchemaMismatchException>(() => harness.OpenAnotherAsync());
        Assert.Contains("version 99", newer.Message, StringComparison.Ordinal);
    }

    /// <summary>Writes one message from whichever node, each time with the epoch that it has there, and checks what the last claim finds.</summary>
    private static async Task<(int Written, int Fenced)> FightAsync(PostgresMessageStore[] nodes, Random random)
    {
        const int Block = 4000;
        var key = NewKey();
        var content = Bytes(40 * Block, random.Next());
        var epochs = new long[nodes.Length];
        int written = 0, fenced = 0, blocks = 0;
        while (blocks < 40 && written + fenced < 400)
        {
            var node = random.Next(nodes.Length);
            if (epochs[node] == 0 || random.Next(4) == 0)
            {
                var claim = await nodes[node].ClaimAsync(key, Record(), CancellationToken.None);
                Assert.Equal(blocks * Block, claim.Record?.Durable.Sum(range => range.Length) ?? 0);
                epochs[node] = claim.Epoch;
            }

            // What a fenced owner tries differs from what its successor writes there.
            var isNewest = epochs[node] == epochs.Max();
            var bytes = isNewest ? content[(blocks * Block)..((blocks + 1) * Block)] : Bytes(Block, random.Next());
            try
            {
                await nodes[node].WriteAsync(key, epochs[node], Record(new ByteRange(0, (blocks + 1) * Block)), (blocks * Block, bytes));
                Assert.True(isNewest);
                blocks++;
                written++;
            }
            catch (FencedException)
            {
                Assert.False(isNewest);
                epochs[node] = 0;
                fenced++;
            }
        }

        var reader = nodes[random.Next(nodes.Length)];
        Assert.Equal(content[..(blocks * Block)], await reader.ReadAsync(key, 0, content.Length + 1));
        return (written, fenced);
    }
}
