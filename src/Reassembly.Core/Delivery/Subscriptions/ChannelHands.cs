using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery.Subscriptions;

/// <summary>The subscribers of one channel on this node, who compete for its messages: each goes to the one with free credit that waited longest.</summary>
internal sealed class ChannelHands(DeliveryContext context) : IDeliveryHands
{
    private readonly Lock _gate = new();
    private readonly List<Seat> _seats = [];
    private long _turns;

    public int Free
    {
        get
        {
            var now = context.Time.GetUtcNow();
            lock (_gate)
            {
                return _seats.Sum(seat => seat.Free(now));
            }
        }
    }

    public void Add(Seat seat)
    {
        lock (_gate)
        {
            _seats.Add(seat);
        }
    }

    /// <returns>Whether it was the last.</returns>
    public bool Remove(Seat seat)
    {
        lock (_gate)
        {
            _seats.Remove(seat);
            return _seats.Count == 0;
        }
    }

    public void SetCredit(Seat seat, int inFlight)
    {
        lock (_gate)
        {
            seat.InFlight = inFlight;
        }
    }

    public Task<DeliveryResult> DeliverAsync(DeliveryAttempt delivery, CancellationToken stoppingToken)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TakeSeat(begun, out var before) is { } seat
            ? HandOverAsync(seat, delivery, before, begun)
            : Task.FromResult(context.AfterLoss(delivery, "its subscriber left"));
    }

    private Seat? TakeSeat(TaskCompletionSource begun, out Task before)
    {
        before = Task.CompletedTask;
        var now = context.Time.GetUtcNow();
        lock (_gate)
        {
            var seat = _seats.Where(seat => seat.Free(now) > 0).MinBy(static seat => seat.LastTurn);
            if (seat is not null)
            {
                seat.UnderWay++;
                seat.LastTurn = ++_turns;
                before = seat.Begun;
                seat.Begun = begun.Task;
            }

            return seat;
        }
    }

    private async Task<DeliveryResult> HandOverAsync(Seat seat, DeliveryAttempt delivery, Task before, TaskCompletionSource begun)
    {
        await Task.Yield();
        var wasAtFault = false;
        try
        {
            if (await context.FindPayloadAsync(delivery, CancellationToken.None).ConfigureAwait(false) is not { } payload)
            {
                return DeliveryResult.Delivered;
            }

            await before.ConfigureAwait(false);
            var handing = seat.Subscriber.HandOverAsync(payload, delivery);
            begun.TrySetResult();
            (var result, wasAtFault) = await handing.ConfigureAwait(false);
            return result;
        }
        finally
        {
            begun.TrySetResult();
            lock (_gate)
            {
                seat.UnderWay--;
                seat.Judge(wasAtFault, context.Time.GetUtcNow());
            }
        }
    }
}
