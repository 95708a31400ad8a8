using System.Collections.Concurrent;
using System.Threading.Channels;
using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Takes what waits for the subscribers of a channel from the ledger, as much as there are hands for it, and settles each with what came of it. It looks when
/// it is woken: by a commit, by a hand that is free again, by an entry that is due again; and polls for what a wake-up missed, or a
/// node that is gone has left.
/// </summary>
/// <param name="sink">The sink's name.</param>
/// <param name="hands">Who hands messages on.</param>
/// <param name="context">What all loops of a node share.</param>
internal sealed class DeliveryLoop(string sink, IDeliveryHands hands, DeliveryContext context)
{
    /// <summary>Entries of one look, at most: others look at the same ledger.</summary>
    private const int MostAtOnce = 64;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    // Holds one wake-up at most: whoever wakes twice wants one look.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<DeliveryAttempt, byte> _underWay = new();

    /// <summary>Makes the loop look at the ledger soon. Returns at once.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Runs until it is stopped, and then until nothing is under way.</summary>
    /// <param name="stoppingToken">Ends the taking, and what the hands have under way.</param>
    /// <param name="nodeStopping">Ends everything: what is not settled then is another node's.</param>
    public async Task RunAsync(CancellationToken stoppingToken, CancellationToken nodeStopping)
    {
        Wake();
        while (!stoppingToken.IsCancellationRequested)
        {
            await WaitAsync(stoppingToken).ConfigureAwait(false);
            try
            {
                await TakeAsync(stoppingToken, nodeStopping).ConfigureAwait(false);
            }
            catch (StoreException failure)
            {
                CoreLog.DeliveryWaitsForStore(context.Logger, failure.Message);
            }
            catch (Exception fault)
            {
                // The next look may well succeed.
                CoreLog.DeliveryFault(context.Logger, fault);
            }
        }

        while (!_underWay.IsEmpty)
        {
            await _wake.Reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task TakeAsync(CancellationToken stoppingToken, CancellationToken nodeStopping)
    {
        // Never given up half-way: what was taken and not heard of would wait for nothing.
        for (int free; !stoppingToken.IsCancellationRequested && (free = Math.Min(hands.Free, MostAtOnce)) > 0;)
        {
            var taken = await context.Ledger.TakeAsync(sink, free, context.Time.GetUtcNow(), null, CancellationToken.None).ConfigureAwait(false);
            foreach (var delivery in taken)
            {
                _underWay.TryAdd(delivery, 0);
                _ = DeliverAsync(delivery, stoppingToken, nodeStopping);
            }

            if (taken.Count < free)
            {
                return;
            }
        }
    }

    private async Task DeliverAsync(DeliveryAttempt delivery, CancellationToken stoppingToken, CancellationToken nodeStopping)
    {
        // The hand is taken before the first wait, so that the loop does not count it as free.
        try
        {
            var result = await AttemptSteps.MakeAsync(context, delivery, hands.DeliverAsync, stoppingToken).ConfigureAwait(false);
            await AttemptSteps.SettleAsync(context, delivery, result, nodeStopping).ConfigureAwait(false);
            if (result.End == DeliveryEnd.Again)
            {
                _ = WakeAtAsync(result.NotBefore, nodeStopping);
            }
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
            _underWay.TryRemove(delivery, out _);
            Wake();
        }
    }

    private async Task WakeAtAsync(DateTimeOffset due, CancellationToken nodeStopping)
    {
        var pause = due - context.Time.GetUtcNow();
        if (pause > TimeSpan.Zero && pause < PollInterval)
        {
            await Task.Delay(pause, context.Time, nodeStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Wake();
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var poll = new CancellationTokenSource(PollInterval, context.Time);
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, poll.Token);
        await ((Task)_wake.Reader.ReadAsync(wake.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
