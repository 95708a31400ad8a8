using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery.Subscriptions;

/// <summary>Somebody who gets messages of a channel.</summary>
public interface ISubscriber
{
    /// <summary>
    /// Hands a message over and waits for the answer. Called for as many at once as the subscription has in flight, one after the other in
    /// order of commit: what is said before the first wait is said in that order.
    /// </summary>
    /// <param name="payload">Streamed from the store.</param>
    /// <param name="attempt">Which attempt this is.</param>
    /// <returns>What came of it; what is thrown is a failed attempt.</returns>
    Task<SubscriberAnswer> HandOverAsync(CommittedPayload payload, DeliveryAttempt attempt);
}

/// <summary>What came of handing a message to a subscriber.</summary>
/// <param name="Result">For the ledger.</param>
/// <param name="WasAtFault">Whether the subscriber did not do its part: others come first for a while.</param>
public readonly record struct SubscriberAnswer(DeliveryResult Result, bool WasAtFault = false);
