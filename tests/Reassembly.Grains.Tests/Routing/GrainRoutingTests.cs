using Reassembly.Core.Routing;
using Reassembly.Grains.Tests.Hosting;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using ErrorCode = Reassembly.Protocol.Errors.ErrorCode;

namespace Reassembly.Grains.Tests.Routing;

/// <summary>Three silos, an edge on each, and one that is a client.</summary>
public sealed class GrainRoutingTests : IAsyncLifetime
{
    private const int ChunkBytes = 16_000;

    private readonly Random _random = new(7);
    private GrainCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await GrainCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Chunks_over_every_edge_meet_one_owner()
    {
        var message = Message(90_000);
        var chunks = message.Chunks(ChunkBytes);
        Receipt? last = null;
        for (var index = 0; index < chunks.Count; index++)
        {
            last = await Edge(index).AppendAsync(message.Key, [chunks[index]], CancellationToken.None);
        }

        Assert.Equal(OutcomeState.Committed, last!.Outcome!.State);
        Assert.Equal(message.Sha256, last.Outcome.Sha256);
        Assert.Equal(1, _cluster.Store.Claims);
    }

    [Fact]
    public async Task Chunks_of_many_messages_over_all_edges_at_once_come_together()
    {
        var messages = Enumerable.Range(0, 30).Select(_ => Message(_random.Next(1, 400_000))).ToArray();
        await Task.WhenAll(messages.Select(async message =>
        {
            var sends = message.Chunks(ChunkBytes).Select((chunk, index) => Edge(index).AppendAsync(message.Key, [chunk], CancellationToken.None).AsTask());
            var receipts = await Task.WhenAll(sends);
            Assert.All(receipts, static receipt => Assert.Empty(receipt.Errors));
            Assert.Contains(receipts, receipt => receipt.Outcome is { State: OutcomeState.Committed } outcome && outcome.Sha256 == message.Sha256);
        }));
    }

    [Fact]
    public async Task A_list_larger_than_one_call_travels_in_several_and_is_answered_once()
    {
        var message = Message(3_000_000);
        var receipt = await _cluster.ClientRouter.AppendAsync(message.Key, message.Chunks(65_488), CancellationToken.None);
        Assert.Empty(receipt.Errors);
        Assert.Equal(message.Sha256, receipt.Outcome!.Sha256);
    }

    [Fact]
    public async Task What_the_sender_says_of_the_message_reaches_the_owner_and_comes_back()
    {
        var message = Message(40_000);
        var open = new OpenMessage { Id = message.Id, Size = 40_000, Sha256 = message.Sha256, Channel = "invoices", Headers = new Dictionary<string, string> { ["a"] = "ü" } };
        Assert.Equal(0, (await _cluster.ClientRouter.OpenAsync(message.Key, open, CancellationToken.None)).Ack!.Durable);
        Assert.Equal(0, (await Edge(1).OpenAsync(message.Key, open, CancellationToken.None)).Ack!.Durable);
        var other = await Edge(2).OpenAsync(message.Key, open with { Channel = "orders" }, CancellationToken.None);
        Assert.Equal(ErrorCode.OpenConflict, Assert.Single(other.Errors).Code);
        Assert.Equal(message.Id, other.Errors[0].Id);
        Assert.Equal(open.Headers, (await _cluster.Store.FindAsync(message.Key, CancellationToken.None))!.Open!.Headers);
    }

    [Fact]
    public async Task Status_and_abort_find_the_owner_and_the_outcome_stays()
    {
        var message = Message(40_000);
        await Edge(0).AppendAsync(message.Key, [message.Chunk(0, 10_000)], CancellationToken.None);
        Assert.Equal(10_000, (await Edge(1).StatusAsync(message.Key, CancellationToken.None)).Ack!.Durable);
        Assert.Equal(OutcomeState.Aborted, (await _cluster.ClientRouter.AbortAsync(message.Key, CancellationToken.None)).Outcome!.State);
        Assert.Equal(OutcomeState.Aborted, (await Edge(2).StatusAsync(message.Key, CancellationToken.None)).Outcome!.State);
        Assert.Equal(OutcomeState.Aborted, (await Edge(0).AppendAsync(message.Key, [message.Chunk(10_000, 20_000)], CancellationToken.None)).Outcome!.State);
    }

    [Fact]
    public async Task An_id_that_nobody_sent_is_unknown_everywhere_and_leaves_no_grain()
    {
        var message = Message(1);
        Assert.Equal(ErrorCode.UnknownMessage, Assert.Single((await Edge(0).StatusAsync(message.Key, CancellationToken.None)).Errors).Code);
        Assert.Equal(ErrorCode.UnknownMessage, Assert.Single((await _cluster.ClientRouter.AbortAsync(message.Key, CancellationToken.None)).Errors).Code);
        await Eventually.TrueAsync(() => !_cluster.HasGrain(message.Key), "the grain of the unknown message has gone");
    }

    [Fact]
    public async Task Every_edge_hears_of_the_end_whoever_brought_it()
    {
        var message = Message(30_000);
        await Edge(0).AppendAsync(message.Key, [message.Chunk(0, 10_000)], CancellationToken.None);
        var ends = Enumerable.Range(0, 4).Select(edge => Edge(edge).WhenEndedAsync(message.Key, CancellationToken.None)).ToArray();
        await Edge(1).AppendAsync(message.Key, [message.Chunk(10_000, 30_000)], CancellationToken.None);
        foreach (var end in await Task.WhenAll(ends).WaitAsync(GrainCluster.Patience, TimeProvider.System))
        {
            Assert.Equal(message.Sha256, end.Outcome!.Sha256);
        }
    }

    [Fact]
    public async Task The_grain_goes_when_its_message_has_ended()
    {
        var message = Message(30_000);
        await Edge(0).AppendAsync(message.Key, [message.Chunk(0, 10_000)], CancellationToken.None);
        Assert.True(_cluster.HasGrain(message.Key));
        await Edge(1).AppendAsync(message.Key, [message.Chunk(10_000, 30_000)], CancellationToken.None);
        await Eventually.TrueAsync(() => !_cluster.HasGrain(message.Key), "the grain of the committed message has gone");
        Assert.Equal(message.Sha256, (await Edge(2).StatusAsync(message.Key, CancellationToken.None)).Outcome!.Sha256);
    }

    [Fact]
    public async Task A_sweeper_anywhere_wakes_a_message_that_lost_its_owner()
    {
        var message = Message(30_000);
        await Edge(0).AppendAsync(message.Key, [message.Chunk(0, 10_000)], CancellationToken.None);
        await _cluster.Sessions(0).ReleaseAsync(message.Key);
        var claims = _cluster.Store.Claims;
        await Edge(1).WakeAsync(message.Key, CancellationToken.None);
        Assert.Equal(claims + 1, _cluster.Store.Claims);
    }

    [Fact]
    public async Task An_owner_that_another_took_the_message_from_goes_on_from_the_store()
    {
        var message = Message(30_000);
        await Edge(0).AppendAsync(message.Key, [message.Chunk(0, 10_000)], CancellationToken.None);

        // Somebody who is not its grain, such as a second activation while the cluster disagrees.
        await _cluster.Sessions(1).AppendAsync(message.Key, [message.Chunk(10_000, 20_000)], CancellationToken.None);
        var last = await Edge(0).AppendAsync(message.Key, [message.Chunk(20_000, 30_000)], CancellationToken.None);
        Assert.Equal(message.Sha256, last.Outcome!.Sha256);
        Assert.Equal(message.Payload, await _cluster.Store.ReadAllAsync(message.Key, 30_000));
    }

    [Fact]
    public async Task A_grain_that_is_taken_away_lets_its_session_go_and_comes_back_where_the_next_chunk_is()
    {
        var message = Message(30_000);
        await Edge(0).AppendAsync(message.Key, [message.Chunk(0, 10_000)], CancellationToken.None);
        await _cluster.TakeGrainAwayAsync(message.Key);
        Assert.False(_cluster.HasGrain(message.Key));
        var last = await Edge(1).AppendAsync(message.Key, [message.Chunk(10_000, 30_000)], CancellationToken.None);
        Assert.Equal(message.Sha256, last.Outcome!.Sha256);
        Assert.Equal(2, _cluster.Store.Claims);
    }

    /// <summary>One of the three silos' edges, or the client.</summary>
    private IMessageRouter Edge(int index) => index % 4 == 3 ? _cluster.ClientRouter : _cluster.Router(index % 4);

    private TestMessage Message(int size) => new(_random, size, TimeProvider.System.GetUtcNow());
}
