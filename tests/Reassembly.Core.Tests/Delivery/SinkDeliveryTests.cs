using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Core.Delivery;
using Reassembly.Core.Tests.Messages;

namespace Reassembly.Core.Tests.Delivery;

public sealed class SinkDeliveryTests
{
    [Fact]
    public async Task A_sink_that_times_out_by_cancellation_is_asked_again()
    {
        var harness = new SessionHarness { WantsDeliveries = true };
        var message = harness.Message(100);
        await harness.SendAsync(message, message.Chunk(0, 100));
        var attempts = 0;
        var sink = new HandlerSink((_, _) => ++attempts < 3 ? throw new TaskCanceledException("the sink's own time-out") : Task.CompletedTask);
        using var delivery = new SinkDelivery(harness.Store, [sink], TimeProvider.System, NullLogger.Instance);

        await delivery.ToAllSinksAsync(message.Key, CancellationToken.None);

        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task Stopping_ends_the_attempts_of_a_sink_that_fails()
    {
        var harness = new SessionHarness { WantsDeliveries = true };
        var message = harness.Message(100);
        await harness.SendAsync(message, message.Chunk(0, 100));
        using var stopping = new CancellationTokenSource();
        var sink = new HandlerSink((_, token) =>
        {
            stopping.Cancel();
            token.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        });
        using var delivery = new SinkDelivery(harness.Store, [sink], TimeProvider.System, NullLogger.Instance);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery.ToAllSinksAsync(message.Key, stopping.Token));
    }
}
