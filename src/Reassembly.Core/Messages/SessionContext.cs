using Microsoft.Extensions.Logging;
using Reassembly.Core.Delivery;
using Reassembly.Core.Limits;
using Reassembly.Core.Storage;
using Reassembly.Protocol;

namespace Reassembly.Core.Messages;

/// <summary>What all sessions of one node share.</summary>
/// <param name="Store">Where bytes and records are kept.</param>
/// <param name="Limits">The limits in force.</param>
/// <param name="Quota">The bytes this node may store.</param>
/// <param name="Deliveries">Who is told of commits.</param>
/// <param name="Time">The clock.</param>
/// <param name="StartedAt">When this node began to listen.</param>
/// <param name="Logger">For what only the operator can mend.</param>
public sealed record SessionContext(
    IMessageStore Store,
    ProtocolLimits Limits,
    StorageQuota Quota,
    ICommitListener Deliveries,
    TimeProvider Time,
    DateTimeOffset StartedAt,
    ILogger Logger)
{
    internal ReadBackGate ReadBack { get; } = new();

    /// <summary>No silence of a sender counts from before it: the node did not listen, or its store took nothing.</summary>
    public DateTimeOffset ServingSince
        => Store is IStoreHealth { InServiceSince: { } inService } && inService > StartedAt ? inService : StartedAt;
}
