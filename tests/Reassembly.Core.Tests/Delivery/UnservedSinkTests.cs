using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Delivery;

/// <summary>What becomes of messages whose sink was taken out of the settings.</summary>
public sealed class UnservedSinkTests : IDisposable
{
    private static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryMessageStore _store = new();
    private readonly Recorder _log = new();
    private readonly CommitSignal _signal;

    public UnservedSinkTests() => _signal = new CommitSignal([], _store);

    public void Dispose() => _signal.Dispose();

    [Fact]
    public async Task They_are_told_at_once_and_become_dead_letters_after_the_retention()
    {
        using var without = Node();
        await CommitAsync("c", "gone", SinkNames.Subscribers("c"));
        await CommitAsync("c", "gone");
        await without.LookAsync(CancellationToken.None);
        await without.LookAsync(CancellationToken.None);
        var warning = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("2 messages of channel c wait for gone", warning.Text, StringComparison.Ordinal);
        Assert.Equal(_time.GetUtcNow(), (await DepthAsync("gone")).UnservedSince);
        Assert.Null((await DepthAsync(SinkNames.Subscribers("c"))).UnservedSince);

        _time.Advance(Retention - TimeSpan.FromSeconds(1));
        await CommitAsync("c", "gone");
        await without.LookAsync(CancellationToken.None);
        Assert.Equal((3L, 0L), ((await DepthAsync("gone")).Waiting, (await DepthAsync("gone")).Dead));
        _time.Advance(TimeSpan.FromSeconds(1));
        await without.LookAsync(CancellationToken.None);

        // What was committed later has its own time.
        Assert.Equal((1L, 2L), ((await DepthAsync("gone")).Waiting, (await DepthAsync("gone")).Dead));
        Assert.Contains("taken out of the settings", (await _store.ListDeadAsync("c", null, 10, default)).Letters[0].Reason, StringComparison.Ordinal);
        Assert.Contains(_log.Lines, line => line.Level == LogLevel.Error && line.Text.Contains("2 messages of channel c are dead letters", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_still_has_the_sink_keeps_its_messages_alive_however_long_it_takes()
    {
        using var without = Node();
        using var with = Node("changing");
        await CommitAsync("c", "changing");
        for (var minutes = 0; minutes < 3 * Retention.TotalMinutes; minutes += 30)
        {
            await without.LookAsync(CancellationToken.None);
            await with.LookAsync(CancellationToken.None);
            _time.Advance(TimeSpan.FromMinutes(30));
        }

        Assert.Equal(1, (await DepthAsync("changing")).Waiting);

        // It is changed, too: the time begins then.
        await without.LookAsync(CancellationToken.None);
        _time.Advance(Retention - TimeSpan.FromMinutes(1));
        await without.LookAsync(CancellationToken.None);
        Assert.Equal(1, (await DepthAsync("changing")).Waiting);
        _time.Advance(TimeSpan.FromMinutes(1));
        await without.LookAsync(CancellationToken.None);
        Assert.Equal(1, (await DepthAsync("changing")).Dead);
    }

    [Fact]
    public async Task A_sink_that_does_not_take_a_channel_any_more_does_not_serve_it()
    {
        using var node = Node("one", channel: "c");
        await CommitAsync("c", "one");
        await CommitAsync("d", "one");
        await node.LookAsync(CancellationToken.None);
        Assert.Contains("channel d", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    private UnservedSinkKeeper Node(string? sink = null, string? channel = null)
    {
        var context = new DeliveryContext(_store, _store, _signal, Options.Create(new DeliveryOptions()), _time, _log);
        return new UnservedSinkKeeper(sink is null ? [] : [new Sink(sink, channel)], context, new ProtocolLimits { RetentionSeconds = (int)Retention.TotalSeconds });
    }

    private async Task CommitAsync(string channel, params string[] sinks)
    {
        var key = MessageKey.Default(MessageId.NewVersion7(_time.GetUtcNow()));
        var record = new MessageRecord { CreatedAt = _time.GetUtcNow(), ExpiresAt = _time.GetUtcNow() + Retention };
        var claim = await _store.ClaimAsync(key, record, default);
        var outcome = new Protocol.Control.OutcomeMessage { Id = key.Id, State = Protocol.Control.OutcomeState.Committed, Size = 0, Sha256 = new string('0', 64) };
        await _store.WriteAsync(key, claim.Epoch, new MessageWrite([], record with { Outcome = outcome, Delivery = DeliveryState.Pending }, new DeliveryPlan(channel, sinks, _time.GetUtcNow())));
    }

    private async Task<SinkDepth> DepthAsync(string sink) => Assert.Single(await _store.ListDepthsAsync("c", default), depth => depth.Sink == sink);

    private sealed class Sink(string name, string? channel) : IDeliverySink
    {
        public string Name => name;

        public bool Takes(string other) => channel is null || channel == other;

        public Task DeliverAsync(CommittedPayload payload, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Recorder : ILogger<DeliveryContext>
    {
        public List<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Lines.Add((logLevel, formatter(state, exception)));
    }
}
