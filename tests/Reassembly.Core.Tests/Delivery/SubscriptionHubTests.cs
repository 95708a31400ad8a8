using System.Collections.Concurrent;
using Reassembly.Core.Delivery;
using Reassembly.Core.Delivery.Subscriptions;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Core.Tests.Delivery;

/// <summary>Subscribers of one node compete for the messages of a channel, each with its credit.</summary>
public sealed class SubscriptionHubTests
{
    [Fact]
    public async Task Messages_come_in_order_of_commit_and_no_more_than_credit_allows()
    {
        using var harness = new DeliveryHarness();
        using var hub = new SubscriptionHub(harness.Context);
        var before = await harness.CommitAsync("c");
        var subscriber = new Subscriber();
        using var seat = hub.Subscribe("c", 2, subscriber);
        var messages = new List<MessageId> { before.Id };
        for (var count = 0; count < 4; count++)
        {
            messages.Add((await harness.CommitAsync("c")).Id);
        }

        await harness.CommitAsync("d");
        for (var taken = 0; taken < 5; taken++)
        {
            await Eventually.TrueAsync(() => subscriber.InHand.Count == Math.Min(2, 5 - taken), "as much as credit allows is on its way");
            Assert.Equal(messages.Skip(taken).Take(2), subscriber.InHand.Select(hand => hand.Payload.Id));
            subscriber.AnswerFirst(new SubscriberAnswer(DeliveryResult.Delivered));
        }

        await Eventually.TrueAsync(async () => (await harness.Store.ListDepthsAsync("c", default)).Count == 0, "nothing is left");
    }

    [Fact]
    public async Task What_a_subscriber_does_not_take_goes_to_another_with_the_attempt_raised()
    {
        using var harness = new DeliveryHarness();
        using var hub = new SubscriptionHub(harness.Context);
        var bad = new Subscriber();
        using var badSeat = hub.Subscribe("c", 1, bad);
        var message = await harness.CommitAsync("c");
        await Eventually.TrueAsync(() => bad.InHand.Count == 1, "it is with the first");
        var good = new Subscriber();
        using var goodSeat = hub.Subscribe("c", 1, good);
        bad.AnswerFirst(new SubscriberAnswer(DeliveryResult.Again(TimeProvider.System.GetUtcNow(), "lied"), WasAtFault: true));
        await Eventually.TrueAsync(() => good.InHand.Count == 1, "it goes to the second");
        Assert.Equal((message.Id, 2), (good.InHand[0].Payload.Id, good.InHand[0].Payload.Attempt));
        Assert.Empty(bad.InHand);
    }

    [Fact]
    public async Task A_slow_subscriber_holds_up_no_other()
    {
        using var harness = new DeliveryHarness();
        using var hub = new SubscriptionHub(harness.Context);
        var slow = new Subscriber();
        var quick = new Subscriber { AnswersAtOnce = true };
        using var slowSeat = hub.Subscribe("c", 1, slow);
        using var quickSeat = hub.Subscribe("c", 1, quick);
        for (var count = 0; count < 20; count++)
        {
            await harness.CommitAsync("c");
        }

        await Eventually.TrueAsync(() => quick.Taken == 19 && slow.InHand.Count == 1, "the quick one has all but one");
    }

    [Fact]
    public async Task A_channel_that_everybody_left_waits_and_what_was_in_hand_may_still_be_answered()
    {
        using var harness = new DeliveryHarness();
        using var hub = new SubscriptionHub(harness.Context);
        var subscriber = new Subscriber();
        var seat = hub.Subscribe("c", 1, subscriber);
        var first = await harness.CommitAsync("c");
        await harness.CommitAsync("c");
        await Eventually.TrueAsync(() => subscriber.InHand.Count == 1, "one is in hand");
        seat.Dispose();
        subscriber.AnswerFirst(new SubscriberAnswer(DeliveryResult.Delivered));
        await Eventually.TrueAsync(async () => await harness.StateAsync(first) == DeliveryState.Delivered, "its answer counts");
        Assert.Equal(1, Assert.Single(await harness.Store.ListDepthsAsync("c", default)).Waiting);
        Assert.Empty(subscriber.InHand);

        var next = new Subscriber();
        using var another = hub.Subscribe("c", 1, next);
        await Eventually.TrueAsync(() => next.InHand.Count == 1, "whoever comes next gets what waits");
        Assert.Equal(1, next.InHand[0].Payload.Attempt);
    }

    private sealed class Subscriber : ISubscriber
    {
        private readonly ConcurrentQueue<(CommittedPayload Payload, TaskCompletionSource<SubscriberAnswer> Answer)> _inHand = new();
        private int _taken;

        public bool AnswersAtOnce { get; init; }

        public int Taken => Volatile.Read(ref _taken);

        public IReadOnlyList<(CommittedPayload Payload, TaskCompletionSource<SubscriberAnswer> Answer)> InHand => [.. _inHand];

        public Task<SubscriberAnswer> HandOverAsync(CommittedPayload payload, DeliveryAttempt attempt)
        {
            Assert.Equal(attempt.Attempt, payload.Attempt);
            if (AnswersAtOnce)
            {
                Interlocked.Increment(ref _taken);
                return Task.FromResult(new SubscriberAnswer(DeliveryResult.Delivered));
            }

            var answer = new TaskCompletionSource<SubscriberAnswer>();
            _inHand.Enqueue((payload, answer));
            return answer.Task;
        }

        public void AnswerFirst(SubscriberAnswer answer)
        {
            Assert.True(_inHand.TryDequeue(out var first));
            first.Answer.SetResult(answer);
        }
    }
}
