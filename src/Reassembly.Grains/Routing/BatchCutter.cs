using Reassembly.Core.Routing;
using Reassembly.Grains.Serialization;

namespace Reassembly.Grains.Routing;

/// <summary>Cuts the chunks that wait into calls. A call is copied into and out of one connection that many messages share, so none may keep it long.</summary>
internal static class BatchCutter
{
    /// <summary>Most payload bytes of one call, unless a single chunk has more.</summary>
    public const int MaxCallBytes = 256 * 1024;

    public static List<ChunkBatch> Cut(IReadOnlyList<Chunk> chunks)
    {
        var batches = new List<ChunkBatch>(1);
        for (var from = 0; from < chunks.Count;)
        {
            var to = from + 1;
            for (var bytes = (long)chunks[from].Payload.Length; to < chunks.Count && (bytes += chunks[to].Payload.Length) <= MaxCallBytes;)
            {
                to++;
            }

            // The whole list goes as it is, uncopied: it stays untouched just as long as the memory does.
            batches.Add(ChunkBatch.Lend(to - from == chunks.Count ? chunks : [.. chunks.Skip(from).Take(to - from)]));
            from = to;
        }

        return batches;
    }
}
