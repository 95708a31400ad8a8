using Microsoft.Extensions.Hosting;
using Reassembly.Core.Storage;
using Reassembly.Protocol;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Sees to what waits for sinks that this node does not have: they were taken out of the settings, and nobody would ever take it. It is told in the
/// log and beside the channel, and becomes dead letters once no node has served the sink for as long as retention. A node that does serve it
/// says so at each look, and the time begins anew: settings may change node by node.
/// </summary>
public sealed class UnservedSinkKeeper(IEnumerable<IDeliverySink> sinks, DeliveryContext context, ProtocolLimits limits) : BackgroundService
{
    private const int Page = 256;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WarnInterval = TimeSpan.FromHours(1);

    private readonly Dictionary<(string Channel, string Sink), DateTimeOffset> _warned = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, context.Time);
        do
        {
            try
            {
                await LookAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (StoreException failure)
            {
                CoreLog.DeliveryWaitsForStore(context.Logger, failure.Message);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // What leaves this method stops the whole host; the next look may well succeed.
                CoreLog.DeliveryFault(context.Logger, fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    /// <summary>One look.</summary>
    /// <exception cref="StoreException">The store cannot say; the next look asks again.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        foreach (var depth in await context.Ledger.ListDepthsAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (!SinkNames.IsBinding(depth.Sink))
            {
                continue;
            }

            if (depth.Waiting == 0 || sinks.Any(sink => sink.Name == depth.Sink && sink.Takes(depth.Channel)))
            {
                await ServedAsync(depth, now, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await UnservedAsync(depth, now, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask ServedAsync(SinkDepth depth, DateTimeOffset now, CancellationToken cancellationToken)
    {
        _warned.Remove((depth.Channel, depth.Sink));
        if (depth.UnservedSince is not null)
        {
            await context.Ledger.NoteServedAsync(depth.Channel, depth.Sink, isServed: true, now, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask UnservedAsync(SinkDepth depth, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (depth.UnservedSince is not { } since)
        {
            since = now;
            await context.Ledger.NoteServedAsync(depth.Channel, depth.Sink, isServed: false, now, cancellationToken).ConfigureAwait(false);
        }

        var lane = (depth.Channel, depth.Sink);
        if (!_warned.TryGetValue(lane, out var warned) || now - warned >= WarnInterval)
        {
            _warned[lane] = now;
            CoreLog.SinkUnserved(context.Logger, depth.Waiting, depth.Channel, depth.Sink, since, limits.RetentionSeconds);
        }

        var before = now - TimeSpan.FromSeconds(limits.RetentionSeconds);
        if (since > before)
        {
            return;
        }

        var reason = $"no node has a sink {depth.Sink} since {since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}: it was taken out of the settings before it had this";
        var total = 0;
        for (var buried = Page; buried == Page; total += buried)
        {
            buried = await context.Ledger.BuryAsync(depth.Channel, depth.Sink, before, reason, Page, cancellationToken).ConfigureAwait(false);
        }

        if (total > 0)
        {
            CoreLog.UnservedDead(context.Logger, total, depth.Channel, depth.Sink, limits.RetentionSeconds);
        }
    }
}
