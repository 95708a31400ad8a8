using System.Collections.Concurrent;
using Reassembly.Protocol.Control;

namespace Reassembly.Core.Storage;

/// <summary>
/// The contract in its shortest form: a dictionary, and a lock for each message. Outlives nothing; the model that other stores are
/// compared with, and a store for tests and demonstrations.
/// </summary>
public sealed class InMemoryMessageStore : IMessageStore, IMessageCatalogue
{
    private readonly ConcurrentDictionary<MessageKey, StoredMessage> _messages = new();
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

    public ValueTask<IReadOnlyList<MessageKey>> ListUndeliveredAsync(MessageKey? after, int limit, CancellationToken cancellationToken)
    {
        var from = after is { } key && _messages.TryGetValue(key, out var last) ? last.CommitOrder : 0;
        return Select(message => message.Record?.Delivery == DeliveryState.Pending && message.CommitOrder > from, limit);
    }

    public ValueTask MarkDeliveredAsync(MessageKey key, CancellationToken cancellationToken)
    {
        if (_messages.TryGetValue(key, out var message))
        {
            lock (message)
            {
                message.Record = message.Record! with { Delivery = DeliveryState.Delivered };
            }
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask<IReadOnlyList<MessageKey>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var due = await Select(
            message => message.Record is { Outcome: not null, Delivery: not DeliveryState.Pending } record && record.ExpiresAt <= now, limit).ConfigureAwait(false);
        foreach (var key in due)
        {
            _messages.TryRemove(key, out _);
        }

        return due;
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
