namespace Reassembly.Core.Delivery.Subscriptions;

/// <summary>
/// The subscriptions of this node, by channel. While a channel has one here, its messages are taken from the ledger as credit allows, wherever
/// they were committed; other nodes do the same, and the ledger gives each message to one of them.
/// </summary>
public sealed class SubscriptionHub : IDisposable
{
    private readonly DeliveryContext _context;
    private readonly IDisposable _commits;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChannelOfHub> _channels = [];

    public SubscriptionHub(DeliveryContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _commits = context.Signal.Subscribe(Wake);
    }

    /// <summary>Has a subscriber get messages of a channel until the result is disposed; what it has in hand then, it may still answer.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="inFlight">At most so many messages at once.</param>
    /// <param name="subscriber">Gets them.</param>
    public ISubscription Subscribe(string channel, int inFlight, ISubscriber subscriber)
    {
        var seat = new Seat(subscriber, inFlight);
        lock (_gate)
        {
            if (!_channels.TryGetValue(channel, out var open))
            {
                _channels.Add(channel, open = new ChannelOfHub(channel, _context, _stopping.Token));
            }

            open.Hands.Add(seat);
            open.Loop.Wake();
            return new Subscription(this, channel, open, seat);
        }
    }

    /// <summary>Ends all taking.</summary>
    public void Dispose()
    {
        _commits.Dispose();
        _stopping.Cancel();
        lock (_gate)
        {
            foreach (var (_, channel) in _channels)
            {
                channel.Dispose();
            }

            _channels.Clear();
        }
    }

    private void Wake(string? channel)
    {
        lock (_gate)
        {
            if (channel is not null)
            {
                _channels.GetValueOrDefault(channel)?.Loop.Wake();
                return;
            }

            foreach (var (_, open) in _channels)
            {
                open.Loop.Wake();
            }
        }
    }

    private void Leave(string channel, ChannelOfHub open, Seat seat)
    {
        lock (_gate)
        {
            if (open.Hands.Remove(seat) && _channels.GetValueOrDefault(channel) == open)
            {
                _channels.Remove(channel);
                open.Dispose();
            }
        }
    }

    private sealed class Subscription(SubscriptionHub hub, string channel, ChannelOfHub open, Seat seat) : ISubscription
    {
        public void SetCredit(int inFlight)
        {
            open.Hands.SetCredit(seat, inFlight);
            open.Loop.Wake();
        }

        public void Dispose() => hub.Leave(channel, open, seat);
    }
}
