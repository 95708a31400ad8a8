using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>Who hands the messages of one sink on.</summary>
internal interface IDeliveryHands
{
    /// <summary>How many more can be handed on now.</summary>
    int Free { get; }

    /// <summary>Hands one on. It counts as under way from the call on, before the first wait.</summary>
    /// <returns>What came of it; what is thrown is a failed attempt.</returns>
    Task<DeliveryResult> DeliverAsync(DeliveryAttempt delivery, CancellationToken stoppingToken);
}
