using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Reassembly.Core.Messages;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Finds what lost its owner: open messages past their deadline get an owner, which ends them; ended ones past their retention are
/// dropped. Deadlines of messages that have an owner are the owner's business.
/// </summary>
public sealed class MessageSweeper(
    SessionContext context,
    IMessageRouter router,
    IMessageCatalogue catalogue,
    ILogger<MessageSweeper> logger) : BackgroundService
{
    private const int PageSize = 256;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, context.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                await SweepAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (StoreException failure)
            {
                CoreLog.SweepWaitsForStore(logger, failure.Message);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // What leaves this method stops the whole host; the next pass may well succeed.
                CoreLog.SweepFault(logger, fault);
            }
        }
    }

    /// <summary>One pass.</summary>
    /// <exception cref="StoreException">The store cannot say; the next pass asks again.</exception>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();

        // Senders get their idle time anew when a node starts: until it is over nothing can be overdue.
        if (now >= context.ServingSince.AddSeconds(context.Limits.IdleSeconds))
        {
            // A record may lag behind what its owner knew.
            var overdue = now - MessageDeadline.Lag(context.Limits);
            foreach (var key in await catalogue.ListOverdueAsync(overdue, PageSize, cancellationToken).ConfigureAwait(false))
            {
                await WakeAsync(key, cancellationToken).ConfigureAwait(false);
            }
        }

        IReadOnlyList<PurgedMessage> dropped;
        do
        {
            dropped = await catalogue.PurgeAsync(now, PageSize, cancellationToken).ConfigureAwait(false);
            if (dropped.Count > 0)
            {
                CoreLog.Purged(logger, dropped.Count);
            }

            if (dropped.Where(static message => message.WasUndelivered).ToList() is [var first, ..] undelivered)
            {
                CoreLog.LetGo(logger, undelivered.Count, first.Key);
            }
        }
        while (dropped.Count == PageSize);

        await context.Quota.RefreshAsync(async () => (await catalogue.GetUsageAsync(cancellationToken).ConfigureAwait(false)).PayloadBytes).ConfigureAwait(false);
    }

    /// <summary>One message that cannot be woken must not keep those behind it from their end.</summary>
    private async ValueTask WakeAsync(MessageKey key, CancellationToken cancellationToken)
    {
        try
        {
            await router.WakeAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            CoreLog.WakeFailed(logger, key, failure.Message);
        }
    }
}
