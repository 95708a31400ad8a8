using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>Hands messages to a configured sink, a few at once.</summary>
internal sealed class SinkHands(IDeliverySink sink, DeliveryContext context) : IDeliveryHands
{
    private const int MostAtOnce = 4;

    private int _under;

    public int Free => MostAtOnce - Volatile.Read(ref _under);

    public async Task<DeliveryResult> DeliverAsync(DeliveryAttempt delivery, CancellationToken stoppingToken)
    {
        Interlocked.Increment(ref _under);
        await Task.Yield();
        try
        {
            if (await context.FindPayloadAsync(delivery, stoppingToken).ConfigureAwait(false) is { } payload)
            {
                await sink.DeliverAsync(payload, stoppingToken).ConfigureAwait(false);
            }

            return DeliveryResult.Delivered;
        }
        finally
        {
            Interlocked.Decrement(ref _under);
        }
    }
}
