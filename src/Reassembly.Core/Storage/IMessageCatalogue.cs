namespace Reassembly.Core.Storage;

/// <summary>Questions about many messages at once: what the sweeper and the delivery pump ask of a store.</summary>
public interface IMessageCatalogue
{
    /// <summary>How many messages are open, and how many bytes of payload are kept.</summary>
    ValueTask<StoreUsage> GetUsageAsync(CancellationToken cancellationToken);

    /// <summary>Open messages whose <see cref="MessageRecord.ExpiresAt"/> has passed.</summary>
    ValueTask<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Drops ended messages whose <see cref="MessageRecord.ExpiresAt"/> has passed: payload, record, and what waits for subscribers. One whose
    /// delivery is pending stays, and so does one that a subscriber is just getting.
    /// </summary>
    /// <returns>The dropped messages; fewer than <paramref name="limit"/> when no more are due.</returns>
    ValueTask<IReadOnlyList<PurgedMessage>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);
}
