using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Hands committed payloads to every sink, at least once. The store's list of undelivered messages is the queue: a commit only
/// wakes the pump, a poll finds what a wake-up missed, and a restart finds what a crash left.
/// </summary>
public sealed class DeliveryPump(
    IMessageStore store,
    IMessageCatalogue catalogue,
    IEnumerable<IDeliverySink> sinks,
    CommitSignal signal,
    TimeProvider time,
    ILogger<DeliveryPump> logger) : BackgroundService
{
    private const int PageSize = 64;

    /// <summary>Deliveries under way or waiting for their next attempt; what is beyond stays in the store's list.</summary>
    private const int MaxInFlight = 1024;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<MessageKey, Task> _inFlight = new();
    private readonly SinkDelivery _delivery = new(store, [.. sinks], time, logger);

    public override void Dispose()
    {
        _delivery.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (signal.WantsDeliveries && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await StartPendingAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (StoreException failure)
            {
                CoreLog.DeliveryWaitsForStore(logger, failure.Message);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // What leaves this method stops the whole host; the next poll may well succeed.
                CoreLog.DeliveryFault(logger, fault);
            }

            await WaitForCommitAsync(stoppingToken).ConfigureAwait(false);
        }

        await Task.WhenAll(_inFlight.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task StartPendingAsync(CancellationToken stoppingToken)
    {
        MessageKey? last = null;
        IReadOnlyList<MessageKey> page;
        do
        {
            page = await catalogue.ListUndeliveredAsync(last, PageSize, stoppingToken).ConfigureAwait(false);
            foreach (var key in page.Where(key => _inFlight.TryAdd(key, Task.CompletedTask)))
            {
                // The place is taken first: a delivery that is over before this line must not get it back for good.
                _inFlight.TryUpdate(key, DeliverAsync(key, stoppingToken), Task.CompletedTask);
            }

            last = page.Count > 0 ? page[^1] : null;
        }
        while (page.Count == PageSize && _inFlight.Count < MaxInFlight);
    }

    private async Task DeliverAsync(MessageKey key, CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            await _delivery.ToAllSinksAsync(key, stoppingToken).ConfigureAwait(false);
            await catalogue.MarkDeliveredAsync(key, stoppingToken).ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            // Stays in the store's list; the next poll takes it up again.
            CoreLog.DeliveryWaitsForStore(logger, failure.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the next start takes it up again.
        }
        catch (Exception fault)
        {
            CoreLog.DeliveryFault(logger, fault);
        }
        finally
        {
            _inFlight.TryRemove(key, out _);
            if (_inFlight.Count == MaxInFlight - 1)
            {
                signal.Committed(key);
            }
        }
    }

    private async Task WaitForCommitAsync(CancellationToken stoppingToken)
    {
        using var poll = new CancellationTokenSource(PollInterval, time);
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, poll.Token);
        await signal.WaitAsync(wake.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
