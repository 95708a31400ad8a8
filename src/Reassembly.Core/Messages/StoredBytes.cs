using System.Buffers;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Core.Messages;

/// <summary>Compares a chunk with what is durable in its place: the same bytes sent again are fine, others are a conflict.</summary>
internal sealed class StoredBytes(IMessageStore store, MessageKey key)
{
    private readonly List<ByteRange> _overlaps = new(1);

    public async ValueTask<bool> AreSameAsync(RangeSet durable, Chunk chunk)
    {
        _overlaps.Clear();
        durable.Intersect(new ByteRange(chunk.Header.Offset, chunk.Header.End), _overlaps);
        var buffer = ArrayPool<byte>.Shared.Rent(chunk.Payload.Length);
        try
        {
            foreach (var overlap in _overlaps)
            {
                var sent = chunk.Payload.Slice((int)(overlap.From - chunk.Header.Offset), (int)overlap.Length);
                var kept = buffer.AsMemory(0, sent.Length);
                await ReadExactlyAsync(overlap.From, kept).ConfigureAwait(false);
                if (!kept.Span.SequenceEqual(sent.Span))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask ReadExactlyAsync(long offset, Memory<byte> destination)
    {
        while (destination.Length > 0)
        {
            var read = await store.ReadAsync(key, offset, destination, CancellationToken.None).ConfigureAwait(false);
            if (read == 0)
            {
                throw new StoreException($"the stored bytes of message {key} end at {offset}, before what its record says");
            }

            offset += read;
            destination = destination[read..];
        }
    }
}
