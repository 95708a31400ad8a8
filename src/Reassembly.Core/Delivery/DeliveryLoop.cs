using Microsoft.Extensions.Logging;
using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Takes what waits for one sink from the ledger, as much as there are hands for it, and settles each with what came of it. It looks when
/// it is woken: by a commit, by a hand that is free again, by an entry that is due again; and polls for what a wake-up missed, or a
/// node that is gone has left.
/// </summary>
/// <param name="sink">The sink's name.</param>
/// <param name="hands">Who hands messages on.</param>
/// <param name="context">What all loops of a node share.</param>
internal sealed class DeliveryLoop(string sink, IDeliveryHands hands, DeliveryContext context) : IDisposable
{
    /// <summary>Entries of one look, at most: others look at the same ledger.</summary>
    private const int MostAtOnce = 64;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SettleInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _wake = new(1, 1);
    private int _under;

    /// <summary>Makes the loop look at the ledger soon. Returns at once.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else woke it between the look and the release.
            }
        }
    }

    /// <summary>Runs until it is stopped, and then until nothing is under way.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await WaitAsync(stoppingToken).ConfigureAwait(false);
            try
            {
                await TakeAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (StoreException failure)
            {
                CoreLog.DeliveryWaitsForStore(context.Logger, failure.Message);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // The next look may well succeed.
                CoreLog.DeliveryFault(context.Logger, fault);
            }
            catch (OperationCanceledException)
            {
                // Stopping: what was taken is this node's, and another's once it is gone.
            }
        }

        while (Volatile.Read(ref _under) > 0)
        {
            await _wake.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    public void Dispose() => _wake.Dispose();

    private async Task TakeAsync(CancellationToken stoppingToken)
    {
        for (int free; !stoppingToken.IsCancellationRequested && (free = Math.Min(hands.Free, MostAtOnce)) > 0;)
        {
            var taken = await context.Ledger.TakeAsync(sink, free, context.Time.GetUtcNow(), null, stoppingToken).ConfigureAwait(false);
            foreach (var delivery in taken)
            {
                Interlocked.Increment(ref _under);
                _ = DeliverAsync(delivery, stoppingToken);
            }

            if (taken.Count < free)
            {
                return;
            }
        }
    }

    private async Task DeliverAsync(DeliveryAttempt delivery, CancellationToken stoppingToken)
    {
        // The hand is taken before the first wait, so that the loop does not count it as free.
        try
        {
            var result = await AttemptAsync(delivery, stoppingToken).ConfigureAwait(false);
            await SettleAsync(delivery, result, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping, with the store away: what this node has taken is another's, or its own after the start.
        }
        catch (Exception fault)
        {
            CoreLog.DeliveryFault(context.Logger, fault);
        }
        finally
        {
            Interlocked.Decrement(ref _under);
            Wake();
        }
    }

    private async Task<DeliveryResult> AttemptAsync(DeliveryAttempt delivery, CancellationToken stoppingToken)
    {
        try
        {
            return await hands.DeliverAsync(delivery, stoppingToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // A time-out of the sink's own comes as a cancellation, too; at a stop the attempt is simply made again.
            var refusal = failure as DeliveryRefusedException;
            return stoppingToken.IsCancellationRequested ? DeliveryResult.Again(context.Time.GetUtcNow(), "the node stopped")
                : failure is StoreException ? DeliveryResult.Again(context.Time.GetUtcNow() + SettleInterval, failure.Message)
                : context.AfterFailure(delivery, failure.Message, refusal?.RetryAfter ?? TimeSpan.Zero, refusal?.IsFinal ?? false);
        }
    }

    /// <summary>What is known must be recorded, however long the store is away: otherwise the sink gets a message again that it has.</summary>
    private async Task SettleAsync(DeliveryAttempt delivery, DeliveryResult result, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await context.Ledger.SettleAsync(delivery.Key, sink, delivery.Attempt, result, CancellationToken.None).ConfigureAwait(false);
                break;
            }
            catch (StoreException failure)
            {
                CoreLog.DeliveryWaitsForStore(context.Logger, failure.Message);
                await Task.Delay(SettleInterval, context.Time, stoppingToken).ConfigureAwait(false);
            }
        }

        if (result.End == DeliveryEnd.Again)
        {
            _ = WakeAtAsync(result.NotBefore, stoppingToken);
        }
    }

    private async Task WakeAtAsync(DateTimeOffset due, CancellationToken stoppingToken)
    {
        var pause = due - context.Time.GetUtcNow();
        if (pause > TimeSpan.Zero && pause < PollInterval)
        {
            await Task.Delay(pause, context.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Wake();
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var poll = new CancellationTokenSource(PollInterval, context.Time);
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, poll.Token);
        await _wake.WaitAsync(wake.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
