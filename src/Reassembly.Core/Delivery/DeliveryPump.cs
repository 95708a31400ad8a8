using Microsoft.Extensions.Hosting;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Hands committed payloads to every sink of this host, at least once. The store's ledger says what waits for which: a sink that fails holds
/// up no other, a channel no other, a message that fails none behind it, and a restart goes on where a crash ended.
/// </summary>
public sealed class DeliveryPump(IEnumerable<IDeliverySink> sinks, DeliveryContext context) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
        => Task.WhenAll(sinks.Select(sink => Task.Run(() => RunAsync(sink, stoppingToken), CancellationToken.None)));

    private async Task RunAsync(IDeliverySink sink, CancellationToken stoppingToken)
    {
        using var lanes = new SinkLanes(sink, context);
        await lanes.RunAsync(stoppingToken).ConfigureAwait(false);
    }
}
