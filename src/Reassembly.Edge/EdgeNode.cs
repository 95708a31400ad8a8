using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Reassembly.Core.Delivery;
using Reassembly.Core.Delivery.Subscriptions;
using Reassembly.Core.Limits;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Edge.Connections;
using Reassembly.Edge.Receiving;
using Reassembly.Edge.Settings;
using Reassembly.Protocol;

namespace Reassembly.Edge;

/// <summary>What all connections of this node share.</summary>
internal sealed class EdgeNode(
    IMessageRouter router,
    IMessageStore store,
    ConnectionRegistry connections,
    SubscriptionHub subscriptions,
    DeliveryContext deliveries,
    IOptions<LimitsOptions> limits,
    IOptions<EdgeOptions> options,
    TimeProvider time,
    ILogger<EdgeNode> log)
{
    public IMessageRouter Router => router;

    public IMessageStore Store => store;

    public ConnectionRegistry Connections => connections;

    public SubscriptionHub Subscriptions => subscriptions;

    public DeliveryContext Deliveries => deliveries;

    public ProtocolLimits Limits { get; } = limits.Value.ToProtocol();

    public EdgeOptions Options => options.Value;

    public TimeProvider Time => time;

    public ILogger Log => log;

    /// <summary>The memory of all connections together: <c>Reassembly:Limits:NodeBufferBytes</c>.</summary>
    public ByteBudget Buffers { get; } = new(limits.Value.NodeBufferBytes, time);
}
