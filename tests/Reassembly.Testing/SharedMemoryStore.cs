using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Testing;

/// <summary>One store for several nodes of a test: in memory, with news of takeovers, ends and commits, which a test can hold back.</summary>
public sealed class SharedMemoryStore : IMessageStore, IMessageCatalogue, IDeliveryLedger, ISharedStore
{
    private readonly InMemoryMessageStore _memory = new();
    private readonly Lock _gate = new();
    private readonly List<IStoreListener> _listeners = [];

    /// <summary>Whether news reaches nobody.</summary>
    public bool LosesNews { get; set; }

    public int Claims { get; private set; }

    public Durability Durability => _memory.Durability;

    public IDisposable Subscribe(IStoreListener listener)
    {
        lock (_gate)
        {
            _listeners.Add(listener);
        }

        return new Subscription(this, listener);
    }

    /// <summary>Tells every node that it may have missed something.</summary>
    public void TellNewsLost() => Tell(static listener => listener.NewsLost());

    public async ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken)
    {
        Claims++;
        var claim = await _memory.ClaimAsync(key, initial, cancellationToken);
        Tell(listener => listener.Claimed(key, claim.Epoch));
        return claim;
    }

    public async ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        await _memory.WriteAsync(key, epoch, write);
        if (write.Record.Outcome is not null)
        {
            Tell(listener => listener.Ended(key));
        }

        if (write is { Deliveries: { } plan, Record.Outcome.State: OutcomeState.Committed })
        {
            Tell(listener => listener.Committed(plan.Channel));
        }
    }

    public ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
        => _memory.ReadAsync(key, offset, destination, cancellationToken);

    public ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken) => _memory.FindAsync(key, cancellationToken);

    public ValueTask<StoreUsage> GetUsageAsync(CancellationToken cancellationToken) => _memory.GetUsageAsync(cancellationToken);

    public ValueTask<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => _memory.ListOverdueAsync(now, limit, cancellationToken);

    public ValueTask<IReadOnlyList<PurgedMessage>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => _memory.PurgeAsync(now, limit, cancellationToken);

    public ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken)
        => _memory.TakeAsync(sink, limit, now, claim, cancellationToken);

    public ValueTask<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken)
        => _memory.TakeNextAsync(sink, channel, most, now, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken)
        => _memory.ListChannelsAsync(sink, now, cancellationToken);

    public ValueTask<bool> SettleAsync(DeliveryAttempt attempt, DeliveryResult result, CancellationToken cancellationToken)
        => _memory.SettleAsync(attempt, result, cancellationToken);

    public ValueTask<IReadOnlyList<SinkDepth>> ListDepthsAsync(string? channel, CancellationToken cancellationToken) => _memory.ListDepthsAsync(channel, cancellationToken);

    public ValueTask NoteServedAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken)
        => _memory.NoteServedAsync(channel, sink, isServed, now, cancellationToken);

    public ValueTask<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken)
        => _memory.BuryAsync(channel, sink, before, reason, limit, cancellationToken);

    public ValueTask<DeadLetterPage> ListDeadAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken)
        => _memory.ListDeadAsync(channel, after, limit, cancellationToken);

    public async ValueTask<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken)
    {
        var revived = await _memory.ReviveAsync(key, channel, cancellationToken);
        if (revived > 0)
        {
            Tell(listener => listener.Committed(channel));
        }

        return revived;
    }

    public ValueTask<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken) => _memory.DropAsync(key, channel, cancellationToken);

    private void Tell(Action<IStoreListener> news)
    {
        IStoreListener[] listeners;
        lock (_gate)
        {
            listeners = LosesNews ? [] : [.. _listeners];
        }

        foreach (var listener in listeners)
        {
            news(listener);
        }
    }

    private sealed class Subscription(SharedMemoryStore store, IStoreListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (store._gate)
            {
                store._listeners.Remove(listener);
            }
        }
    }
}
