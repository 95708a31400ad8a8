using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>What all who hand payloads on share on one node.</summary>
public sealed class DeliveryContext(
    IMessageStore store, IDeliveryLedger ledger, CommitSignal signal, IOptions<DeliveryOptions> options, TimeProvider time, ILogger<DeliveryContext> logger)
{
    /// <summary>So often a message goes to the next at once; what is lost more often may be what makes its subscribers fail.</summary>
    private const int QuickLosses = 3;

    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(1);

    public IMessageStore Store => store;

    public IDeliveryLedger Ledger => ledger;

    public CommitSignal Signal => signal;

    public DeliveryOptions Options => options.Value;

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    /// <summary>The payload of a delivery.</summary>
    /// <returns>Null where the message is gone.</returns>
    /// <exception cref="StoreException">The record cannot be read.</exception>
    public async ValueTask<CommittedPayload?> FindPayloadAsync(DeliveryAttempt delivery, CancellationToken cancellationToken)
        => await store.FindAsync(delivery.Key, cancellationToken).ConfigureAwait(false) is { Outcome.Sha256: not null } record
            ? new CommittedPayload(store, delivery.Key, record, delivery.Attempt)
            : null;

    /// <summary>What follows an attempt for which the store could not be read: it is no fault of the sink, and makes no dead letter.</summary>
    public DeliveryResult AfterStoreFailure(DeliveryAttempt delivery, string reason)
        => DeliveryResult.Again(time.GetUtcNow() + Options.Pauses.After(delivery.Attempt), reason);

    /// <summary>What follows an attempt that ended with whoever was getting it: another at once, or after a pause where it was lost again and again.</summary>
    public DeliveryResult AfterLoss(DeliveryAttempt delivery, string reason)
        => delivery.Attempt <= QuickLosses ? DeliveryResult.Again(time.GetUtcNow(), reason) : AfterFailure(delivery, reason);

    /// <summary>What follows an attempt that failed: another one later, or the dead letters.</summary>
    /// <param name="delivery">The attempt.</param>
    /// <param name="reason">One sentence on why.</param>
    /// <param name="atLeast">How long to wait at least.</param>
    /// <param name="isFinal">Whether no further attempt makes sense.</param>
    public DeliveryResult AfterFailure(DeliveryAttempt delivery, string reason, TimeSpan atLeast = default, bool isFinal = false)
    {
        if (isFinal || delivery.Attempt >= Options.MaxAttempts)
        {
            CoreLog.DeliveryDead(logger, delivery.Key, delivery.Sink, delivery.Attempt, reason);
            return DeliveryResult.Dead(reason);
        }

        var pause = Options.Pauses.After(delivery.Attempt);
        pause = pause < atLeast ? atLeast : pause;
        pause = pause > LongestPause ? LongestPause : pause;
        CoreLog.DeliveryFailed(logger, delivery.Key, delivery.Sink, delivery.Attempt, pause, reason);
        return DeliveryResult.Again(time.GetUtcNow() + pause, reason);
    }
}
