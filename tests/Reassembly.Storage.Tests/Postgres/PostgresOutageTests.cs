using Npgsql;
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

/// <summary>A database that is stopped, killed, frozen or cut off, with writes going on.</summary>
public sealed class PostgresOutageTests(ITestOutputHelper output)
{
    /// <summary>An outage does not begin before.</summary>
    private const int WritesBefore = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private enum Outage
    {
        Stop,
        Kill,
        Pause,
    }

    [PostgresTheory(OwnServer = true)]
    [InlineData(PostgresStoreOptions.InDatabase)]
    [InlineData(PostgresStoreOptions.InDirectory)]
    public async Task Outages_with_writes_going_on_lose_nothing_that_completed(string payload)
    {
        var random = Seed.Random(output.WriteLine);
        await using var server = await PostgresServer.StartNewAsync();
        await using var harness = await PostgresHarness.CreateAsync(payload, server);
        var model = new StoreModel(harness, random) { MayFence = true };
        foreach (var outage in Enum.GetValues<Outage>().OrderBy(_ => random.Next()))
        {
            output.WriteLine($"{outage}");
            var (pause, before) = (random.Next(300), model.Completed);
            var over = Task.Run(async () =>
            {
                // Of each there is something that it can lose.
                await Eventually.TrueAsync(() => model.Completed >= before + WritesBefore, "some writes completed");
                await BreakAsync(server, outage, pause);
            });
            while (!over.IsCompleted)
            {
                await model.WriteSomewhereAsync(atOnce: 1 + random.Next(4));
            }

            await over;
            await CheckAsync(model);
        }

        // Each outage ends the connection for news, and may take claims back; it fences no owner more often.
        output.WriteLine($"{model.Completed} writes completed, {model.Failed} failed, {model.Fenced} fenced");
        Assert.InRange(model.Completed, Enum.GetValues<Outage>().Length * WritesBefore, int.MaxValue);
        Assert.InRange(model.Fenced, 0, Enum.GetValues<Outage>().Length * 2 * StoreModel.Messages);
    }

    [PostgresTheory(OwnServer = true)]
    [InlineData(PostgresStoreOptions.InDatabase)]
    [InlineData(PostgresStoreOptions.InDirectory)]
    public async Task An_owner_whose_claim_a_crash_of_the_database_took_back_is_fenced(string payload)
    {
        // The log is flushed with the next durable commit, and not before: the claim is lost, unless the node's lease was renewed after it.
        await using var server = await PostgresServer.StartNewAsync("wal_writer_delay=10000");
        await using var harness = await PostgresHarness.CreateAsync(payload, server);
        MessageKey first, second;
        long lost;
        do
        {
            (first, second) = (NewKey(), NewKey());
            await server.ExecuteAsync("CHECKPOINT");
            lost = await harness.Store.ClaimAsync(first);
            await server.KillAsync();
            await server.StartAsync();
            await WriteOnceServedAsync(harness, second);
        }
        while (await harness.AskAsync<long>($"SELECT count(*) FROM {harness.Schema}.message WHERE id = '{first.Id}'") > 0);

        await Assert.ThrowsAsync<FencedException>(() => harness.Store.WriteAsync(first, lost, Record(new ByteRange(0, 1000)), (0, Bytes(1000, seed: 1))).AsTask());
        Assert.Equal(Bytes(1000, seed: 2), await harness.Store.ReadAsync(second, 0, 1000));
        AssertSame(Record(new ByteRange(0, 1000)), await harness.Store.FindAsync(second));
    }

    [PostgresFact(OwnServer = true)]
    public async Task While_the_database_is_away_calls_fail_at_once_with_its_reason_and_one_line_says_so()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var harness = await PostgresHarness.CreateAsync(server: server);
        var key = NewKey();
        var epoch = await harness.Store.ClaimAsync(key);
        await harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 10)), (0, Bytes(10)));
        Assert.Null(harness.Postgres.Fault);
        var news = new NewsListener();
        using var subscription = harness.Postgres.Subscribe(news);
        await NewsListener.WhenListeningAsync(harness);

        await server.StopAsync();
        await Eventually.TrueAsync(() => harness.Postgres.Fault is not null, "the outage is noticed without a call");
        Assert.Contains("127.0.0.1", harness.Postgres.Fault, StringComparison.Ordinal);
        for (var call = 0; call < 100; call++)
        {
            await Assert.ThrowsAsync<StoreException>(() => harness.Store.FindAsync(key).AsTask());
            await Assert.ThrowsAsync<StoreException>(() => harness.Store.ClaimAsync(key));
            await Assert.ThrowsAsync<StoreException>(() => harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 20)), (10, Bytes(10))).AsTask());
        }

        await server.StartAsync();
        await Eventually.TrueAsync(() => harness.Postgres.Fault is null, "the store is back in service");
        Assert.Single(harness.Log.Faults);

        // Other nodes may have been back earlier, and their news missed: the owner is to look anew, and goes on.
        await news.Lost.Task.WaitAsync(Patience);
        await Assert.ThrowsAsync<FencedException>(() => harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 20)), (10, Bytes(10))).AsTask());
        var claim = await harness.Store.ClaimAsync(key, Record(), CancellationToken.None);
        AssertSame(Record(new ByteRange(0, 10)), claim.Record);
        await harness.Store.WriteAsync(key, claim.Epoch, Record(new ByteRange(0, 20)), (10, Bytes(10)));
        byte[] expected = [.. Bytes(10), .. Bytes(10)];
        Assert.Equal(expected, await harness.Store.ReadAsync(key, 0, 100));
    }

    [PostgresFact(OwnServer = true)]
    public async Task A_store_that_starts_without_its_database_goes_into_service_once_that_is_there()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = "not_made_yet" };
        var log = new RecordingLogger();
        await using var store = new PostgresMessageStore(new PostgresStoreOptions { ConnectionString = settings.ConnectionString }, TimeProvider.System, log);
        await store.OpenAsync(CancellationToken.None);
        Assert.Contains("\"not_made_yet\" does not exist", store.Fault, StringComparison.Ordinal);
        await server.ExecuteAsync("CREATE DATABASE not_made_yet");
        await Eventually.TrueAsync(() => store.Fault is null, "the store goes into service");

        await store.EndAsync(NewKey(), OutcomeState.Committed, Bytes(10));
        Assert.Single(log.Faults);
    }

    [PostgresFact]
    public async Task Wrong_credentials_are_a_fault_that_says_where_to_look_and_shows_no_password()
    {
        var server = await PostgresServer.SharedAsync();
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = "nobody_here", Password = "s3cret" };
        await using var store = new PostgresMessageStore(new PostgresStoreOptions { ConnectionString = settings.ConnectionString }, TimeProvider.System, new RecordingLogger());
        await store.OpenAsync(CancellationToken.None);
        Assert.Contains("nobody_here", store.Fault, StringComparison.Ordinal);
        Assert.Contains("Reassembly:Postgres:ConnectionString", store.Fault, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", store.Fault, StringComparison.Ordinal);
    }

    [PostgresFact(OwnServer = true)]
    public async Task A_write_whose_answer_is_lost_may_be_done_or_not_and_its_owner_steps_down()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var harness = await PostgresHarness.CreateAsync(server: server);
        await using var proxy = new CuttingProxy(server.EndPoint!);
        var behind = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Port = proxy.Port }.ConnectionString;
        await using var store = await harness.OpenAnotherAsync(options => options.ConnectionString = behind);
        foreach (var cut in new[] { CuttingProxy.Cut.BeforeRequest, CuttingProxy.Cut.BeforeAnswer })
        {
            var key = NewKey();
            var epoch = await store.ClaimAsync(key);
            await store.WriteAsync(key, epoch, Record(new ByteRange(0, 100)), (0, Bytes(100)));
            var marked = Bytes(100, seed: 99);
            proxy.CutAt(cut, marked);
            await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync(key, epoch, Record(new ByteRange(0, 200)), (100, marked)).AsTask());
            await Eventually.TrueAsync(() => store.Fault is null, "the store is in service");

            // The same bytes or others: nothing may go on top of what nobody knows.
            await Assert.ThrowsAsync<FencedException>(() => store.WriteAsync(key, epoch, Record(new ByteRange(0, 200)), (100, Bytes(100))).AsTask());
            var claim = await store.ClaimAsync(key, Record(), CancellationToken.None);
            var isDone = cut == CuttingProxy.Cut.BeforeAnswer;
            AssertSame(Record(new ByteRange(0, isDone ? 200 : 100)), claim.Record);
            Assert.Equal(isDone ? (byte[])[.. Bytes(100), .. marked] : Bytes(100), await store.ReadAsync(key, 0, 1000));
            await store.WriteAsync(key, claim.Epoch, Record(new ByteRange(0, 300)), isDone ? [(200, Bytes(100))] : [(100, Bytes(200))]);
        }
    }

    [PostgresFact]
    public async Task Connections_that_are_terminated_at_random_lose_nothing_that_completed()
    {
        var random = Seed.Random(output.WriteLine);
        await using var harness = await PostgresHarness.CreateAsync();
        var model = new StoreModel(harness, random);
        for (var round = 0; round < 15; round++)
        {
            var kill = Task.Run(() => harness.ExecuteAsync(
                $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{harness.Schema}' AND query NOT LIKE 'LISTEN%'"));
            for (var write = 0; write < 10; write++)
            {
                await model.WriteSomewhereAsync(atOnce: 1 + random.Next(4));
            }

            await kill;
            await CheckAsync(model);
        }

        output.WriteLine($"{model.Completed} writes completed, {model.Failed} failed");
    }

    [PostgresFact]
    public async Task One_write_that_the_database_refuses_fails_alone()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        await harness.ExecuteAsync($"ALTER TABLE {harness.Schema}.message ADD CHECK (size IS NULL OR size <> 666)");
        var keys = Enumerable.Range(0, 40).Select(_ => NewKey()).ToArray();
        var results = await Task.WhenAll(keys.Select((key, index) => Task.Run(async () =>
        {
            var epoch = await harness.Store.ClaimAsync(key);
            try
            {
                await harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 50)) with { Size = index % 10 == 0 ? 666 : 50 }, (0, Bytes(50, index)));
                return true;
            }
            catch (StoreException)
            {
                // It was refused for certain: the same owner may write something else.
                await harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 50)) with { Size = 50 }, (0, Bytes(50, index)));
                return false;
            }
        })));

        Assert.Equal(Enumerable.Range(0, 40).Select(index => index % 10 != 0), results);
        for (var index = 0; index < keys.Length; index++)
        {
            Assert.Equal(Bytes(50, index), await harness.Store.ReadAsync(keys[index], 0, 100));
        }
    }

    [PostgresFact]
    public async Task A_node_never_has_more_connections_than_set()
    {
        const int Most = 5;
        await using var harness = await PostgresHarness.CreateAsync();
        await using var store = await harness.OpenAnotherAsync(options =>
        {
            options.MaxConnections = Most;
            options.ConnectionString = new NpgsqlConnectionStringBuilder(options.ConnectionString) { ApplicationName = $"counted_{harness.Schema}" }.ConnectionString;
        });
        var work = Task.WhenAll(Enumerable.Range(0, 150).Select(index => Task.Run(async () =>
        {
            var key = NewKey();
            await store.EndAsync(key, OutcomeState.Committed, Bytes(3000, index));
            Assert.Equal(Bytes(3000, index), await store.ReadAsync(key, 0, 5000));
        })));
        var highest = 0L;
        while (!work.IsCompleted)
        {
            highest = Math.Max(highest, await harness.AskAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'counted_{harness.Schema}'"));
        }

        await work;
        Assert.InRange(highest, 2, Most);
    }

    [PostgresFact(OwnServer = true)]
    public async Task A_server_that_does_not_flush_is_said_loudly_and_commits_wait_for_the_disk_whatever_its_default()
    {
        await using var server = await PostgresServer.StartNewAsync("fsync=off", "synchronous_commit=off");
        await using var harness = await PostgresHarness.CreateAsync(server: server);
        Assert.Contains("fsync=off", Assert.Single(harness.Log.Faults), StringComparison.Ordinal);
        await harness.ExecuteAsync("CREATE TABLE seen (value text)");
        await harness.ExecuteAsync(
            "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$");
        await harness.ExecuteAsync($"CREATE TRIGGER see AFTER UPDATE OF ranges ON {harness.Schema}.message FOR EACH ROW EXECUTE FUNCTION public.see()");
        await harness.Store.EndAsync(NewKey(), OutcomeState.Committed, Bytes(10));
        Assert.Equal("on", await harness.AskAsync<string>("SELECT string_agg(DISTINCT value, ',') FROM seen"));
    }

    private static Task WriteOnceServedAsync(PostgresHarness harness, MessageKey key) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                var epoch = await harness.Store.ClaimAsync(key);
                await harness.Store.WriteAsync(key, epoch, Record(new ByteRange(0, 1000)), (0, Bytes(1000, seed: 2)));
                return true;
            }
            catch (Exception exception) when (exception is StoreException or FencedException)
            {
                // Away still; or back, and heard of again only after the claim.
                return false;
            }
        },
        "the store is back in service");

    /// <summary>Checks once the store serves: a call that began during the outage may time out after it, and take the store out of service once more.</summary>
    private static Task CheckAsync(StoreModel model) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await model.CheckAsync();
                return true;
            }
            catch (StoreException)
            {
                return false;
            }
        },
        "the store is in service");

    private static async Task BreakAsync(PostgresServer server, Outage outage, int milliseconds)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(100 + milliseconds), TimeProvider.System);
        switch (outage)
        {
            case Outage.Stop:
                await server.StopAsync();
                await server.StartAsync();
                break;
            case Outage.Kill:
                await server.KillAsync();
                await server.StartAsync();
                break;
            default:
                await server.PauseAsync();
                await Task.Delay(TimeSpan.FromSeconds(7), TimeProvider.System);
                await server.ResumeAsync();
                break;
        }
    }
}
