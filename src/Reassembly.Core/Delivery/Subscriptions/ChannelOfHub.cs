using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery.Subscriptions;

/// <summary>A channel that has subscribers on this node, and the loop that takes for them.</summary>
internal sealed class ChannelOfHub : IDisposable
{
    private readonly CancellationTokenSource _ended = new();

    public ChannelOfHub(string channel, DeliveryContext context, CancellationToken nodeStopping)
    {
        Hands = new ChannelHands(context);
        Loop = new DeliveryLoop(SinkNames.Subscribers(channel), Hands, context);
        _ = Task.Run(() => Loop.RunAsync(_ended.Token, nodeStopping), CancellationToken.None);
    }

    public ChannelHands Hands { get; }

    public DeliveryLoop Loop { get; }

    /// <summary>The last subscriber left: nothing more is taken. What it has in hand it may still answer.</summary>
    public void Dispose() => _ended.Cancel();
}
