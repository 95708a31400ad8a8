using Reassembly.Client.Connections;

namespace Reassembly.Client.Sending;

/// <summary>What all sends of one client share.</summary>
internal sealed record SendContext(
    ReassemblyClientOptions Options, ConnectionKeeper Keeper, MessageDispatcher Dispatcher, FairScheduler Scheduler);
