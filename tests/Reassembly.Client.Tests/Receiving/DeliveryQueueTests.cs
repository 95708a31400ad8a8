using Reassembly.Client.Receiving;
using Reassembly.Client.Tests.Scripting;

namespace Reassembly.Client.Tests.Receiving;

public sealed class DeliveryQueueTests
{
    [Fact]
    public async Task Who_was_woken_waits_for_nothing_more()
    {
        var queue = new DeliveryQueue();
        var payload = new ScriptedDelivery([1]).Message;
        for (var round = 0; round < 1000; round++)
        {
            var taking = queue.TakeAsync(CancellationToken.None).AsTask();
            Assert.True(queue.IsAwaited);
            var delivery = new Delivery(null!, payload, 1);
            queue.Add(delivery);
            Assert.False(queue.IsAwaited);
            Assert.Same(delivery, await taking);
        }
    }
}
