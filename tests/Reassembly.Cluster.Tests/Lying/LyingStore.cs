using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Testing;

namespace Reassembly.Cluster.Tests.Lying;

/// <summary>What one node sees of a store that several share, with one lie in it.</summary>
/// <param name="inner">The store.</param>
/// <param name="lie">The lie.</param>
/// <param name="isLastNode">Whether this is the node that lies where only one does.</param>
internal sealed class LyingStore(SharedMemoryStore inner, Lie lie, bool isLastNode) : IMessageStore, IMessageCatalogue, IDeliveryLedger, ISharedStore
{
    public Durability Durability => inner.Durability;

    public IDisposable Subscribe(IStoreListener listener) => inner.Subscribe(listener);

    public ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken)
        => inner.ClaimAsync(key, initial, cancellationToken);

    public ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write)
    {
        if (lie == Lie.NeverExpires && write.Record.Outcome?.State == OutcomeState.Expired)
        {
            throw new StoreException("not now");
        }

        return inner.WriteAsync(key, epoch, lie == Lie.LosesAckedBytes && write.Record.Outcome is null ? write with { Record = Shortened(write.Record) } : write);
    }

    public async ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var read = await inner.ReadAsync(key, offset, destination, cancellationToken);
        if (lie == Lie.ChangesBytes && isLastNode && read > 0 && await inner.FindAsync(key, cancellationToken) is { Delivery: not DeliveryState.Pending, Outcome: not null })
        {
            destination.Span[0] ^= 1;
        }

        return read;
    }

    public async ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken)
    {
        var record = await inner.FindAsync(key, cancellationToken);
        return (lie, record?.Outcome) switch
        {
            (Lie.ChangesOutcomes, { } outcome) when isLastNode => record! with { Outcome = outcome with { Size = outcome.Size + 1 } },
            (Lie.ForgetsOutcomes, not null) when isLastNode => null,
            _ => record,
        };
    }

    public ValueTask<StoreUsage> GetUsageAsync(CancellationToken cancellationToken) => inner.GetUsageAsync(cancellationToken);

    public ValueTask<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => inner.ListOverdueAsync(now, limit, cancellationToken);

    public ValueTask<IReadOnlyList<PurgedMessage>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => inner.PurgeAsync(now, limit, cancellationToken);

    public async ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken)
        => lie == Lie.NeverDelivers ? [] : await inner.TakeAsync(sink, limit, now, claim, cancellationToken);

    public ValueTask<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken)
        => lie == Lie.NeverDelivers ? ValueTask.FromResult<DeliveryAttempt?>(null) : inner.TakeNextAsync(sink, channel, most, now, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken)
        => inner.ListChannelsAsync(sink, now, cancellationToken);

    public ValueTask<bool> SettleAsync(DeliveryAttempt attempt, DeliveryResult result, CancellationToken cancellationToken)
        => inner.SettleAsync(attempt, result, cancellationToken);

    public ValueTask<IReadOnlyList<SinkDepth>> ListDepthsAsync(string? channel, CancellationToken cancellationToken) => inner.ListDepthsAsync(channel, cancellationToken);

    public ValueTask NoteServedAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken)
        => inner.NoteServedAsync(channel, sink, isServed, now, cancellationToken);

    public ValueTask<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken)
        => inner.BuryAsync(channel, sink, before, reason, limit, cancellationToken);

    public ValueTask<DeadLetterPage> ListDeadAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken)
        => inner.ListDeadAsync(channel, after, limit, cancellationToken);

    public ValueTask<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken) => inner.ReviveAsync(key, channel, cancellationToken);

    public ValueTask<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken) => inner.DropAsync(key, channel, cancellationToken);

    /// <summary>Half of the last durable stretch is missing.</summary>
    private static MessageRecord Shortened(MessageRecord record)
        => record.Durable is [.., var last] ? record with { Durable = [.. record.Durable.SkipLast(1), new ByteRange(last.From, last.From + ((last.Length + 1) / 2))] } : record;
}
