namespace Reassembly.Core.Storage;

/// <summary>Questions about many messages at once: what the sweeper and the delivery pump ask of a store.</summary>
public interface IMessageCatalogue
{
    /// <summary>How many messages are open, and how many bytes of payload are kept.</summary>
    ValueTask<StoreUsage> GetUsageAsync(CancellationToken cancellationToken);

    /// <summary>Open messages whose <see cref="MessageRecord.ExpiresAt"/> has passed.</summary>
    ValueTask<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Committed messages with <see cref="DeliveryState.Pending"/>, by time of commit.</summary>
    /// <param name="after">Lists what was committed after this message, or from the first where null.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<MessageKey>> ListUndeliveredAsync(MessageKey? after, int limit, CancellationToken cancellationToken);

    /// <summary>Records that every sink has the message. Durable when the task completes. Idempotent.</summary>
    ValueTask MarkDeliveredAsync(MessageKey key, CancellationToken cancellationToken);

    /// <summary>Drops ended messages whose <see cref="MessageRecord.ExpiresAt"/> has passed and whose delivery is not pending: payload and record.</summary>
    /// <returns>The dropped messages; fewer than <paramref name="limit"/> when no more are due.</returns>
    ValueTask<IReadOnlyList<MessageKey>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);
}
