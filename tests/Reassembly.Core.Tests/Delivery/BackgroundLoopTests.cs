using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Core.Tests.Messages;
using Reassembly.Protocol;

namespace Reassembly.Core.Tests.Delivery;

/// <summary>What leaves a background service stops the host: nothing may.</summary>
public sealed class BackgroundLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly SessionHarness _harness = new();
    private readonly BrokenCatalogue _catalogue = new();

    [Fact]
    public async Task A_sweep_that_fails_unexpectedly_is_followed_by_another()
    {
        using var sweeper = new MessageSweeper(_harness.Context, _harness.Router, _catalogue, NullLogger<MessageSweeper>.Instance);
        await AskedTwiceAsync(sweeper, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_poll_that_fails_unexpectedly_is_followed_by_another()
    {
        var sink = new HandlerSink(static (_, _) => Task.CompletedTask);
        using var signal = new CommitSignal([sink], _harness.Store);
        using var pump = new DeliveryPump([sink], new DeliveryContext(
            _harness.Store, _catalogue, signal, Options.Create(new DeliveryOptions()), _harness.Time, NullLogger<DeliveryContext>.Instance));
        await AskedTwiceAsync(pump, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_look_for_sinks_that_are_gone_that_fails_unexpectedly_is_followed_by_another()
    {
        using var signal = new CommitSignal([], _harness.Store);
        using var keeper = new UnservedSinkKeeper(
            [], new DeliveryContext(_harness.Store, _catalogue, signal, Options.Create(new DeliveryOptions()), _harness.Time, NullLogger<DeliveryContext>.Instance), new ProtocolLimits());
        await AskedTwiceAsync(keeper, TimeSpan.FromMinutes(1));
    }

    private async Task AskedTwiceAsync(BackgroundService service, TimeSpan interval)
    {
        await service.StartAsync(CancellationToken.None);
        var asked = _catalogue.AskedTwice.WaitAsync(Patience, TimeProvider.System);
        while (!asked.IsCompleted && !service.ExecuteTask!.IsCompleted)
        {
            _harness.Time.Advance(interval);
            await Task.Yield();
        }

        Assert.False(service.ExecuteTask!.IsFaulted);
        await asked;
        await service.StopAsync(CancellationToken.None);
    }

    private sealed class BrokenCatalogue : IMessageCatalogue, IDeliveryLedger
    {
        private readonly TaskCompletionSource _twice = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        public Task AskedTwice => _twice.Task;

        public ValueTask<StoreUsage> GetUsageAsync(CancellationToken cancellationToken) => throw Fault();

        public ValueTask<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<IReadOnlyList<PurgedMessage>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken)
            => throw Fault();

        public ValueTask<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<IReadOnlyList<string>> ListChannelsAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<bool> SettleAsync(DeliveryAttempt attempt, DeliveryResult result, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<IReadOnlyList<SinkDepth>> ListDepthsAsync(string? channel, CancellationToken cancellationToken) => throw Fault();

        public ValueTask NoteServedAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<DeadLetterPage> ListDeadAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken) => throw Fault();

        public ValueTask<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken) => throw Fault();

        private InvalidCastException Fault()
        {
            if (Interlocked.Increment(ref _asked) == 2)
            {
                _twice.SetResult();
            }

            return new InvalidCastException("a row that nobody foresaw");
        }
    }
}
