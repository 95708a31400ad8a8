using Reassembly.Core.Routing;
using Reassembly.Edge.Receiving;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Lanes;

/// <summary>One thing to tell a message's owner: a chunk, or an <c>open</c>, <c>status</c> or <c>abort</c>.</summary>
/// <param name="Chunk">The chunk, where <paramref name="Control"/> is null; its payload lies in <paramref name="Buffer"/> or is on its own.</param>
/// <param name="Buffer">What the item costs; released once the owner has answered.</param>
/// <param name="Control">The control message.</param>
internal readonly record struct LaneItem(Chunk Chunk, FrameBuffer Buffer, ClientMessage? Control);
