using Reassembly.Protocol.Frames;

namespace Reassembly.Core.Routing;

/// <summary>A chunk whose frame was whole and whose checksum held. The payload's owner is whoever made the chunk.</summary>
public readonly record struct Chunk(ChunkHeader Header, ReadOnlyMemory<byte> Payload);
