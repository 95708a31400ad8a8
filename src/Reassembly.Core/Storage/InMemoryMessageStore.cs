using System.Collections.Concurrent;
using Reassembly.Protocol.Control;

namespace Reassembly.Core.Storage;

/// <summary>
/// The contract in its shortest form: a dictionary, and a lock for each message. Outlives nothing; the model that other stores are
/// compared with, and a store for tests and demonstrations.
/// </summary>
public sealed class InMemoryMessageStore : IMessageStore, IMessageCatalogue, IDeliveryLedger
{
    private readonly ConcurrentDictionary<MessageKey, StoredMessage> _messages = new();
    private readonly MemoryDeliveries _deliveries = new();
    private long _commits;
    private long _epochs;

    public Durability Durability => Durability.Memory;

    public ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var message = _messages.GetOrAdd(key, static _ => new StoredMessage());
        lock (message)
        {
            // One number for all messages: a purged id that begins again must not meet the epochs of its former life.
            message.Epoch = Interlocked.Increment(ref _epochs);
            return ValueTask.FromResult(new MessageClaim(message.Epoch, message.Record));
        }
    }

    public ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (!_messages.TryGetValue(key, out var message))
        {
            return ValueTask.FromException(new FencedException(key, epoch));
        }

        lock (message)
        {
            if (message.Epoch != epoch)
            {
                return ValueTask.FromException(new FencedException(key, epoch));
            }

            foreach (var segment in write.Segments)
            {
                message.Payload.Write(segment.Offset, segment.Bytes.Span);
            }

            message.Record = write.Record;
            if (write.Record.Outcome is { } outcome)
            {
                message.CommitOrder = outcome.State == OutcomeState.Committed ? Interlocked.Increment(ref _commits) : 0;
                if (outcome.State != OutcomeState.Committed)
                {
                    message.Payload.Clear();
                }
                else if (write.Deliveries is { } plan)
                {
                    _deliveries.Add(key, message.CommitOrder, plan);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_messages.TryGetValue(key, out var message))
        {
            return ValueTask.FromResult(0);
        }

        lock (message)
        {
            return ValueTask.FromResult(message.Payload.Read(offset, destination.Span));
        }
    }

    public ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(_messages.TryGetValue(key, out var message) ? message.Record : null);
    }

    public ValueTask<StoreUsage> GetUsageAsync(CancellationToken cancellationToken)
    {
        var recorded = _messages.Values.Select(static message => message.Record).OfType<MessageRecord>().ToList();
        return ValueTask.FromResult(new StoreUsage(
            recorded.Count(static record => record.Outcome is null),
            recorded.Sum(static record => record.Durable.Sum(static range => range.Length))));
    }

    public ValueTask<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => Select(message => message.Record is { Outcome: null } record && record.ExpiresAt <= now, limit);

    public async ValueTask<IReadOnlyList<PurgedMessage>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var due = await Select(
            message => message.Record is { Outcome: not null, Delivery: not DeliveryState.Pending } record && record.ExpiresAt <= now, int.MaxValue).ConfigureAwait(false);
        var purged = new List<PurgedMessage>();
        foreach (var key in due.Where(key => !_deliveries.IsTaken(key, now)).Take(limit))
        {
            _deliveries.Forget(key);
            if (_messages.TryRemove(key, out var message))
            {
                purged.Add(new PurgedMessage(key, message.Record is { Outcome.State: OutcomeState.Committed, Delivery: DeliveryState.None }));
            }
        }

        return purged;
    }

    public ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken)
        => ValueTask.FromResult(_deliveries.Take(sink, limit, now, claim));

    public ValueTask<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken)
        => ValueTask.FromResult(_deliveries.TakeNext(sink, channel, most, now));

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken)
        => ValueTask.FromResult(_deliveries.Channels(sink, now));

    public ValueTask<bool> SettleAsync(DeliveryAttempt attempt, DeliveryResult result, CancellationToken cancellationToken)
    {
        if (!_deliveries.TrySettle(attempt, result))
        {
            return ValueTask.FromResult(false);
        }

        if (result.End != DeliveryEnd.Again)
        {
            SetDelivery(attempt.Key, DeliveryState.Delivered);
        }

        return ValueTask.FromResult(true);
    }

    public ValueTask<IReadOnlyList<SinkDepth>> ListDepthsAsync(string? channel, CancellationToken cancellationToken)
        => ValueTask.FromResult(_deliveries.Depths(channel));

    public ValueTask NoteServedAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        _deliveries.Note(channel, sink, isServed, now);
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken)
        => ValueTask.FromResult(_deliveries.Bury(channel, sink, before, reason, limit));

    public ValueTask<DeadLetterPage> ListDeadAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken)
        => ValueTask.FromResult(_deliveries.Dead(channel, after, limit));

    public ValueTask<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken)
    {
        var revived = _deliveries.Revive(key, channel);
        if (revived > 0)
        {
            SetDelivery(key, DeliveryState.Pending);
        }

        return ValueTask.FromResult(revived);
    }

    public ValueTask<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken)
    {
        var dropped = _deliveries.Drop(key, channel);
        if (dropped > 0)
        {
            SetDelivery(key, DeliveryState.Delivered);
        }

        return ValueTask.FromResult(dropped);
    }

    /// <summary>What the record says once no sink keeps the message any more.</summary>
    private void SetDelivery(MessageKey key, DeliveryState otherwise)
    {
        if (_messages.TryGetValue(key, out var message))
        {
            lock (message)
            {
                message.Record = message.Record! with { Delivery = _deliveries.IsPending(key) ? DeliveryState.Pending : otherwise };
            }
        }
    }

    private ValueTask<IReadOnlyList<MessageKey>> Select(Func<StoredMessage, bool> condition, int limit)
        => ValueTask.FromResult<IReadOnlyList<MessageKey>>(
            [.. _messages.Where(entry => condition(entry.Value)).OrderBy(static entry => entry.Value.CommitOrder).Take(limit).Select(static entry => entry.Key)]);

    private sealed class StoredMessage
    {
        public long Epoch { get; set; }

        public MessageRecord? Record { get; set; }

        public long CommitOrder { get; set; }

        public PagedBytes Payload { get; } = new();
    }
}
