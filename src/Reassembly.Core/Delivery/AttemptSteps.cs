using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>The two steps of every attempt, whoever makes it: handing the message on, and recording what came of it.</summary>
internal static class AttemptSteps
{
    private static readonly TimeSpan SettleInterval = TimeSpan.FromSeconds(1);

    /// <summary>Hands a message on.</summary>
    /// <param name="context">What all share.</param>
    /// <param name="delivery">The attempt.</param>
    /// <param name="hands">Whoever does it; what is thrown is a failed attempt.</param>
    /// <param name="stoppingToken">Ends it.</param>
    public static async Task<DeliveryResult> MakeAsync(
        DeliveryContext context, DeliveryAttempt delivery, Func<DeliveryAttempt, CancellationToken, Task<DeliveryResult>> hands, CancellationToken stoppingToken)
    {
        try
        {
            return await hands(delivery, stoppingToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // A time-out of the sink's own comes as a cancellation, too; at a stop the attempt is simply made again.
            var refusal = failure as DeliveryRefusedException;
            return stoppingToken.IsCancellationRequested ? DeliveryResult.Again(context.Time.GetUtcNow(), "whoever was getting it left")
                : failure is StoreException ? context.AfterStoreFailure(delivery, failure.Message)
                : context.AfterFailure(delivery, failure.Message, refusal?.RetryAfter ?? TimeSpan.Zero, refusal?.IsFinal ?? false);
        }
    }

    /// <summary>Records it. What is known must be, however long the store is away: otherwise the sink gets a message again that it has.</summary>
    /// <exception cref="OperationCanceledException">The node stops, and the store is away: what it has taken is another's, or its own after the start.</exception>
    public static async Task SettleAsync(DeliveryContext context, DeliveryAttempt delivery, DeliveryResult result, CancellationToken nodeStopping)
    {
        while (true)
        {
            try
            {
                await context.Ledger.SettleAsync(delivery, result, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (StoreException failure)
            {
                CoreLog.DeliveryWaitsForStore(context.Logger, failure.Message);
                await Task.Delay(SettleInterval, context.Time, nodeStopping).ConfigureAwait(false);
            }
        }
    }
}
