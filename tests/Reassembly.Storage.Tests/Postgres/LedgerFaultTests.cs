using System.Text;
using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;
using Reassembly.Testing.Postgres;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Postgres;

/// <summary>A ledger whose answers are lost, or whose database refuses what it is told.</summary>
public sealed class LedgerFaultTests
{
    [PostgresFact(OwnServer = true)]
    public async Task Entries_whose_taking_was_not_answered_wait_again()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var harness = await PostgresHarness.CreateAsync(server: server);
        await using var proxy = new CuttingProxy(server.EndPoint!);
        var behind = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Port = proxy.Port }.ConnectionString;
        await using var store = await harness.OpenAnotherAsync(options => options.ConnectionString = behind);
        const string Sink = "a-sink-that-the-proxy-knows";
        MessageKey held = await store.CommitAsync(Sink), lost = NewKey();
        Assert.Single(await store.TakeAsync(Sink));
        await store.CommitAsync(lost, PlanFor(Sink));

        proxy.CutAt(CuttingProxy.Cut.BeforeAnswer, Encoding.UTF8.GetBytes(Sink));
        await Assert.ThrowsAsync<StoreException>(() => store.TakeAsync(Sink).AsTask());

        // This node takes nothing more, as one whose last subscriber left: its beat finds what nobody works on, and tells the others.
        await Eventually.TrueAsync(async () => await harness.Ledger.TakeAsync(Sink) is [{ Attempt: 2 } again] && again.Key == lost, "another node gets it");
        Assert.True(await store.SettleAsync(held, Sink, 1, DeliveryResult.Delivered));
    }

    [PostgresFact(OwnServer = true)]
    public async Task An_outcome_whose_answer_is_lost_can_be_settled_again_whether_it_was_done_or_not()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var harness = await PostgresHarness.CreateAsync(server: server);
        await using var proxy = new CuttingProxy(server.EndPoint!);
        var behind = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Port = proxy.Port }.ConnectionString;
        await using var store = await harness.OpenAnotherAsync(options => options.ConnectionString = behind);
        foreach (var cut in new[] { CuttingProxy.Cut.BeforeRequest, CuttingProxy.Cut.BeforeAnswer })
        {
            var sink = $"the-sink-{cut}";
            var key = await store.CommitAsync(sink);
            Assert.Single(await store.TakeAsync(sink));
            proxy.CutAt(cut, Encoding.UTF8.GetBytes(sink));
            await Assert.ThrowsAsync<StoreException>(() => store.SettleAsync(key, sink, 1, DeliveryResult.Delivered).AsTask());
            await Eventually.TrueAsync(() => store.Fault is null, "the store is in service");
            Assert.Equal(cut == CuttingProxy.Cut.BeforeRequest, await store.SettleAsync(key, sink, 1, DeliveryResult.Delivered));
            Assert.Equal(DeliveryState.Delivered, await store.DeliveryOfAsync(key));
        }
    }

    [PostgresFact(OwnServer = true)]
    public async Task A_commit_whose_answer_is_lost_is_told_to_all_nodes_all_the_same()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var harness = await PostgresHarness.CreateAsync(server: server);
        await using var proxy = new CuttingProxy(server.EndPoint!);
        var behind = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Port = proxy.Port }.ConnectionString;
        await using var store = await harness.OpenAnotherAsync(options => options.ConnectionString = behind);
        await PostgresHarness.BeatAsync(harness.Postgres, store);
        NewsListener own = new(), other = new();
        using var itself = store.Subscribe(own);
        using var subscription = harness.Postgres.Subscribe(other);
        await NewsListener.WhenListeningAsync(harness, listeners: 2);

        proxy.CutAt(CuttingProxy.Cut.BeforeAnswer, Encoding.UTF8.GetBytes(Subscribers));
        await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Subscribers));
        Assert.Equal(Channel, await own.Committed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(Channel, await other.Committed.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Single(await harness.Ledger.TakeAsync(Subscribers));
    }

    [PostgresFact]
    public async Task An_outcome_that_the_database_refuses_fails_alone_and_any_reason_is_text_for_it()
    {
        await using var harness = await PostgresHarness.CreateAsync();
        var keys = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => harness.Store.CommitAsync(First))));
        await harness.ExecuteAsync($"ALTER TABLE {harness.Schema}.delivery ADD CHECK (reason <> 'refused')");
        Assert.Equal(40, (await harness.Ledger.TakeAsync(First)).Count);
        var settled = await Task.WhenAll(keys.Select((key, index) => Task.Run(async () =>
        {
            try
            {
                return await harness.Ledger.SettleAsync(key, First, 1, DeliveryResult.Dead(index % 10 == 0 ? "refused" : "half a \uD83D and \0"));
            }
            catch (StoreException)
            {
                return false;
            }
        })));
        Assert.Equal(Enumerable.Range(0, 40).Select(index => index % 10 != 0), settled);
        Assert.All(await harness.Ledger.DeadAsync(), letter => Assert.Equal("half a \uFFFD and \uFFFD", letter.Reason));
    }
}
