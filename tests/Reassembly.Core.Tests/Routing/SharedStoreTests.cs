using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Core.Delivery;
using Reassembly.Core.Limits;
using Reassembly.Core.Messages;
using Reassembly.Core.Routing;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Routing;

/// <summary>Two nodes over one store, without an edge.</summary>
public sealed class SharedStoreTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly SharedMemoryStore _store = new();
    private readonly ManualTimeProvider _time = new();
    private readonly Node _first;
    private readonly Node _second;

    public SharedStoreTests()
    {
        _first = new Node(_store, _time);
        _second = new Node(_store, _time);
    }

    public void Dispose()
    {
        _first.Router.Dispose();
        _second.Router.Dispose();
    }

    [Fact]
    public async Task A_sender_goes_on_at_another_node()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        await _second.SendAsync(message, 400, 700);
        var last = await _first.SendAsync(message, 700, 1000);
        Assert.Equal(OutcomeState.Committed, last.Outcome!.State);
        Assert.Equal(message.Sha256, last.Outcome.Sha256);
    }

    [Fact]
    public async Task Asking_at_another_node_takes_nothing_from_the_owner()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        var claims = _store.Claims;
        for (var sent = 400; sent < 900; sent += 100)
        {
            Assert.Equal(sent, (await _second.Router.StatusAsync(message.Key, CancellationToken.None)).Ack!.Durable);
            await _first.SendAsync(message, sent, sent + 100);
        }

        Assert.Equal(claims, _store.Claims);
    }

    [Fact]
    public async Task A_status_from_the_record_says_the_same_as_the_owner()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 100);
        var owner = (await _first.SendAsync(message, 300, 500)).Ack!;
        var record = (await _second.Router.StatusAsync(message.Key, CancellationToken.None)).Ack!;
        Assert.Equal(owner.Durable, record.Durable);
        Assert.Equal(owner.Missing, record.Missing);
        Assert.Equal(owner.Credit, record.Credit);
        Assert.Equal(owner.ExpiresAt, record.ExpiresAt);
    }

    [Fact]
    public async Task Who_waits_at_the_former_owner_hears_of_the_end_and_takes_nothing_back()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        var end = _first.Router.WhenEndedAsync(message.Key, CancellationToken.None);
        await _second.SendAsync(message, 400, 700);
        var claims = _store.Claims;
        Assert.False(end.IsCompleted);
        await _second.SendAsync(message, 700, 1000);
        Assert.Equal(OutcomeState.Committed, (await end.WaitAsync(Patience)).Outcome!.State);
        Assert.Equal(claims, _store.Claims);
    }

    [Fact]
    public async Task Who_waits_where_the_message_never_was_hears_of_the_end()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        var end = _second.Router.WhenEndedAsync(message.Key, CancellationToken.None);
        await _first.Router.AbortAsync(message.Key, CancellationToken.None);
        Assert.Equal(OutcomeState.Aborted, (await end.WaitAsync(Patience)).Outcome!.State);
    }

    [Fact]
    public async Task An_end_whose_news_got_lost_is_found_by_polling()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        var end = _second.Router.WhenEndedAsync(message.Key, CancellationToken.None);
        _store.LosesNews = true;
        await _first.Router.AbortAsync(message.Key, CancellationToken.None);
        for (var wait = 0; wait < 1000 && !end.IsCompleted; wait++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(end, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System));
        }

        Assert.Equal(OutcomeState.Aborted, (await end.WaitAsync(Patience)).Outcome!.State);
    }

    [Fact]
    public async Task After_news_got_lost_every_session_asks_the_store_anew()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        var end = _first.Router.WhenEndedAsync(message.Key, CancellationToken.None);
        _store.LosesNews = true;
        await _second.SendAsync(message, 400, 700);
        Assert.Equal(400, (await _first.SendAsync(message, 0, 100)).Ack!.Durable);
        _store.LosesNews = false;
        _store.TellNewsLost();
        Assert.Equal(700, (await _first.SendAsync(message, 0, 100)).Ack!.Durable);
        await _second.SendAsync(message, 700, 1000);
        Assert.Equal(OutcomeState.Committed, (await end.WaitAsync(Patience)).Outcome!.State);
    }

    [Fact]
    public async Task A_former_owner_that_heard_nothing_says_where_the_message_stands_now()
    {
        var message = Message();
        var open = new OpenMessage { Id = message.Id };
        await _first.Router.OpenAsync(message.Key, open, CancellationToken.None);
        await _first.SendAsync(message, 0, 400);
        _store.LosesNews = true;
        await _second.SendAsync(message, 400, 700);
        Assert.Equal(700, (await _first.Router.StatusAsync(message.Key, CancellationToken.None)).Ack!.Durable);
        Assert.Equal(700, (await _first.Router.OpenAsync(message.Key, open, CancellationToken.None)).Ack!.Durable);
        await _second.SendAsync(message, 700, 1000);
        Assert.Equal(OutcomeState.Committed, (await _first.Router.OpenAsync(message.Key, open, CancellationToken.None)).Outcome!.State);
        Assert.Equal(OutcomeState.Committed, (await _first.Router.StatusAsync(message.Key, CancellationToken.None)).Outcome!.State);
    }

    [Fact]
    public async Task A_former_owner_that_heard_nothing_is_fenced_when_it_writes()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        _store.LosesNews = true;
        await _second.SendAsync(message, 400, 700);
        var last = await _first.SendAsync(message, 700, 1000);
        Assert.Equal(message.Sha256, last.Outcome!.Sha256);
    }

    [Fact]
    public async Task Open_messages_count_where_their_owner_is()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        Assert.Equal((1, 0), (_first.Gate.Open, _second.Gate.Open));
        await _second.SendAsync(message, 400, 700);
        await EventuallyAsync(() => (_first.Gate.Open, _second.Gate.Open) == (0, 1));
        await _second.SendAsync(message, 700, 1000);
        await EventuallyAsync(() => (_first.Gate.Open, _second.Gate.Open) == (0, 0));
    }

    [Fact]
    public async Task A_released_session_finishes_its_write_and_the_next_call_makes_another()
    {
        var message = Message();
        await _first.SendAsync(message, 0, 400);
        var claims = _store.Claims;
        await _first.Router.ReleaseAsync(message.Key);
        await EventuallyAsync(() => _first.Gate.Open == 0);
        Assert.Equal(700, (await _first.SendAsync(message, 400, 700)).Ack!.Durable);
        Assert.Equal(claims + 1, _store.Claims);
    }

    [Fact]
    public async Task Random_takeovers_lose_nothing()
    {
        var random = Seed.Random(Console.WriteLine);
        var nodes = new[] { new Node(_store, TimeProvider.System), new Node(_store, TimeProvider.System) };
        for (var round = 0; round < 20; round++)
        {
            _store.LosesNews = random.Next(2) == 0;
            var message = new TestMessage(random, 200_000, _time.GetUtcNow());
            var chunks = message.Chunks(5_000);
            var half = chunks.Where(chunk => chunk.Header.Sequence % 2 == 0).ToList();
            var rest = chunks.Where(chunk => chunk.Header.Sequence % 2 == 1).ToList();
            await Task.WhenAll(SendAllAsync(nodes[0], message, half), SendAllAsync(nodes[1], message, rest)).WaitAsync(Patience);
            _store.LosesNews = false;
            _store.TellNewsLost();
            foreach (var node in nodes)
            {
                var outcome = (await node.Router.StatusAsync(message.Key, CancellationToken.None)).Outcome!;
                Assert.Equal(message.Sha256, outcome.Sha256);
            }
        }

        Array.ForEach(nodes, static node => node.Router.Dispose());
    }

    private static async Task SendAllAsync(Node node, TestMessage message, List<Chunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            // Also while the other node takes the message away again and again.
            Assert.Empty((await node.Router.AppendAsync(message.Key, [chunk], CancellationToken.None)).Errors);
        }
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token);
        }
    }

    private TestMessage Message() => new(new Random(7 + _store.Claims), 1000, _time.GetUtcNow());

    private sealed class Node : ICommitListener
    {
        public Node(SharedMemoryStore store, TimeProvider time)
        {
            var limits = new ProtocolLimits { MinChunkBytes = 0 };
            Gate = new OpenMessageGate(limits.OpenMessages);
            Router = new InProcessMessageRouter(
                new SessionContext(store, limits, new StorageQuota(0), this, time, time.GetUtcNow(), NullLogger.Instance), Gate, store);
        }

        public OpenMessageGate Gate { get; }

        public InProcessMessageRouter Router { get; }

        public IReadOnlyList<string> SinksOf(string channel) => [];

        public void Committed(string channel)
        {
        }

        public async Task<Receipt> SendAsync(TestMessage message, int from, int to)
        {
            var receipt = await Router.AppendAsync(message.Key, [message.Chunk(from, to)], CancellationToken.None);
            Assert.Empty(receipt.Errors);
            return receipt;
        }
    }
}
