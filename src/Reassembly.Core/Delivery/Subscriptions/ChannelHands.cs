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

    public Task<DeliveryResult> DeliverAsync(DeliveryAttempt delivery, CancellationToken stoppingToken)
        => TakeSeat() is { } seat ? HandOverAsync(seat, delivery) : Task.FromResult(context.AfterLoss(delivery, "its subscriber left"));

    private Seat? TakeSeat()
    {
        var now = context.Time.GetUtcNow();
        lock (_gate)
        {
            var seat = _seats.Where(seat => seat.Free(now) > 0).MinBy(static seat => seat.LastTurn);
            if (seat is not null)
            {
                seat.UnderWay++;
                seat.LastTurn = ++_turns;
            }

            return seat;
        }
    }

    private async Task<DeliveryResult> HandOverAsync(Seat seat, DeliveryAttempt delivery)
    {
        await Task.Yield();
        var wasAtFault = false;
        try
        {
            if (await context.FindPayloadAsync(delivery, CancellationToken.None).ConfigureAwait(false) is not { } payload)
            {
                return DeliveryResult.Delivered;
            }

            (var result, wasAtFault) = await seat.Subscriber.HandOverAsync(payload, delivery).ConfigureAwait(false);
            return result;
        }
        finally
        {
            lock (_gate)
            {
                seat.UnderWay--;
                seat.Judge(wasAtFault, context.Time.GetUtcNow());
            }
        }
    }
}
