using System.Collections.Concurrent;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Delivery;

/// <summary>Configured sinks: each by itself, again after a failure, and a dead letter after too many.</summary>
public sealed class DeliveryPumpTests
{
    [Fact]
    public async Task A_sink_that_times_out_by_cancellation_is_asked_again_with_the_next_attempt()
    {
        var attempts = new ConcurrentQueue<int>();
        var sink = new Sink("a", (payload, _) =>
        {
            attempts.Enqueue(payload.Attempt);
            return payload.Attempt < 3 ? throw new TaskCanceledException("the sink's own time-out") : Task.CompletedTask;
        });
        using var harness = new DeliveryHarness(sink);
        await using var pump = await RunAsync(harness, sink);
        var message = await harness.CommitAsync("c");
        await Eventually.TrueAsync(async () => await harness.StateAsync(message) == DeliveryState.Delivered, "it is delivered");
        Assert.Equal([1, 2, 3], attempts);
    }

    [Fact]
    public async Task A_sink_that_fails_holds_up_no_other_and_its_message_is_a_dead_letter_that_can_be_sent_again()
    {
        var works = false;
        var bad = new Sink("bad", (_, _) => works ? Task.CompletedTask : throw new InvalidOperationException("no room"));
        var taken = new ConcurrentQueue<string>();
        var good = new Sink("good", (payload, _) =>
        {
            taken.Enqueue(payload.Id.ToString());
            return Task.CompletedTask;
        });
        using var harness = new DeliveryHarness(bad, good);
        await using var pump = await RunAsync(harness, bad, good);
        var message = await harness.CommitAsync("c");
        var other = await harness.CommitAsync("c");
        await Eventually.TrueAsync(async () => (await DeadAsync(harness)).Count == 2 && taken.Count == 2, "both are dead letters, and were taken by the other sink");
        Assert.Equal([message.Id.ToString(), other.Id.ToString()], taken.Order().OrderBy(id => id != message.Id.ToString()));
        Assert.All(await DeadAsync(harness), letter => Assert.Equal(("bad", 3, "no room"), (letter.Sink, letter.Attempts, letter.Reason)));
        Assert.Equal(DeliveryState.Pending, await harness.StateAsync(message));

        works = true;
        Assert.Equal(1, await harness.Store.ReviveAsync(message.Key, "c", default));
        harness.Signal.Committed("c");
        await Eventually.TrueAsync(async () => await harness.StateAsync(message) == DeliveryState.Delivered, "it is delivered after all");
        Assert.Equal(other.Key, Assert.Single(await DeadAsync(harness)).Key);
    }

    [Fact]
    public async Task A_sink_gets_the_channels_it_takes_and_says_when_to_try_again_or_never()
    {
        var sink = new Sink("only-c", (payload, _) => throw new DeliveryRefusedException("gone", isFinal: true)) { Channel = "c" };
        using var harness = new DeliveryHarness(sink);
        await using var pump = await RunAsync(harness, sink);
        await harness.CommitAsync("d");
        await harness.CommitAsync("c");
        await Eventually.TrueAsync(async () => (await DeadAsync(harness)).Count == 1, "it is a dead letter at once");
        Assert.Equal((1, "gone"), (await DeadAsync(harness)).Select(letter => (letter.Attempts, letter.Reason)).Single());
        Assert.DoesNotContain(await harness.Store.ListDepthsAsync("d", default), depth => depth.Sink == "only-c");

        var later = harness.Context.AfterFailure(new DeliveryAttempt(default, "a", 1), "busy", TimeSpan.FromHours(1));
        Assert.True(later.NotBefore > TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(59));
    }

    [Fact]
    public async Task A_stop_ends_an_attempt_and_another_start_makes_it_again()
    {
        var started = new TaskCompletionSource();
        var attempts = 0;
        var sink = new Sink("a", async (_, token) =>
        {
            if (++attempts == 1)
            {
                started.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }
        });
        using var harness = new DeliveryHarness(sink);
        await using (await RunAsync(harness, sink))
        {
            await harness.CommitAsync("c");
            await started.Task;
        }

        await using var pump = await RunAsync(harness, sink);
        await Eventually.TrueAsync(() => attempts == 2, "it is made again");
    }

    [Fact]
    public async Task A_sink_gets_the_messages_of_a_channel_one_after_the_other_in_order_of_commit_and_a_slow_channel_holds_up_no_other()
    {
        var release = new TaskCompletionSource();
        var (inHand, most) = (0, 0);
        var got = new ConcurrentQueue<(string Channel, string Id)>();
        var sink = new Sink("a", async (payload, _) =>
        {
            if (payload.Channel == "slow")
            {
                most = Math.Max(most, Interlocked.Increment(ref inHand));
                await release.Task;
                Interlocked.Decrement(ref inHand);
            }

            await Task.Yield();
            got.Enqueue((payload.Channel, payload.Id.ToString()));
        });
        using var harness = new DeliveryHarness(sink);
        await using var pump = await RunAsync(harness, sink);
        var (slow, quick) = (new List<string>(), new List<string>());
        for (var index = 0; index < 20; index++)
        {
            slow.Add((await harness.CommitAsync("slow")).Id.ToString());
            quick.Add((await harness.CommitAsync("quick")).Id.ToString());
        }

        await Eventually.TrueAsync(() => got.Count == 20, "the other channel is done");
        Assert.Equal(quick, got.Select(one => one.Id));
        release.SetResult();
        await Eventually.TrueAsync(() => got.Count == 40, "all are done");
        Assert.Equal(slow, got.Where(one => one.Channel == "slow").Select(one => one.Id));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_message_in_its_pause_holds_up_none_behind_it()
    {
        string? bad = null;
        var attempts = new ConcurrentQueue<(string Id, int Attempt)>();
        var sink = new Sink("a", (payload, _) =>
        {
            var id = payload.Id.ToString();
            bad ??= id;
            attempts.Enqueue((id, payload.Attempt));
            return id == bad && payload.Attempt == 1 ? throw new DeliveryRefusedException("busy", TimeSpan.FromSeconds(3)) : Task.CompletedTask;
        });
        using var harness = new DeliveryHarness(sink);
        var (first, second, third) = (await harness.CommitAsync("c"), await harness.CommitAsync("c"), await harness.CommitAsync("c"));
        await using var pump = await RunAsync(harness, sink);
        await Eventually.TrueAsync(() => attempts.Count == 4, "all are delivered");
        Assert.Equal([(first.Id.ToString(), 1), (second.Id.ToString(), 1), (third.Id.ToString(), 1), (first.Id.ToString(), 2)], attempts);
    }

    [Fact]
    public async Task More_at_once_are_handed_on_where_the_settings_say_so()
    {
        var release = new TaskCompletionSource();
        var inHand = 0;
        var sink = new Sink("a", (_, _) =>
        {
            Interlocked.Increment(ref inHand);
            return release.Task;
        });
        using var harness = new DeliveryHarness(sink);
        harness.OptionsOfTest.InFlight = 3;
        await using var pump = await RunAsync(harness, sink);
        var messages = new List<TestMessage>();
        for (var index = 0; index < 9; index++)
        {
            messages.Add(await harness.CommitAsync("c"));
        }

        await Eventually.TrueAsync(() => Volatile.Read(ref inHand) == 3, "three are on their way");
        release.SetResult();
        await Eventually.TrueAsync(async () => await harness.StateAsync(messages[^1]) == DeliveryState.Delivered && inHand == 9, "all are delivered");
    }

    private static async Task<IReadOnlyList<DeadLetter>> DeadAsync(DeliveryHarness harness) => (await harness.Store.ListDeadAsync("c", null, 10, default)).Letters;

    private static async Task<Running> RunAsync(DeliveryHarness harness, params IDeliverySink[] sinks)
    {
        var pump = new DeliveryPump(sinks, harness.Context);
        await pump.StartAsync(CancellationToken.None);
        return new Running(pump);
    }

    private sealed class Running(DeliveryPump pump) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await pump.StopAsync(CancellationToken.None);
            pump.Dispose();
        }
    }

    private sealed class Sink(string name, Func<CommittedPayload, CancellationToken, Task> take) : IDeliverySink
    {
        public string? Channel { get; init; }

        public string Name => name;

        public bool Takes(string channel) => Channel is null || Channel == channel;

        public Task DeliverAsync(CommittedPayload payload, CancellationToken cancellationToken) => take(payload, cancellationToken);
    }
}
