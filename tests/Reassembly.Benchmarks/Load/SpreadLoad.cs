using Reassembly.Protocol.Frames;

namespace Reassembly.Benchmarks.Load;

/// <summary>
/// Sends one message in chunks of one size: over one connection in order, or over several out of order. Out of order means that the chunks of each
/// stretch of the message are shuffled and dealt out to the connections, each of which goes at its own pace.
/// </summary>
internal static class SpreadLoad
{
    /// <summary>So far apart at most are chunks from their places: well within the credit, which counts from the first byte that is missing.</summary>
    private const long StretchBytes = 2L << 20;

    public static async Task<LoadResult> RunAsync(SpreadMessage order)
    {
        var connections = new List<LoadConnection>();
        try
        {
            for (var number = 0; number < order.Connections; number++)
            {
                connections.Add(await LoadConnection.OpenAsync(order.Node, hasCredit: true, order.ChunkBytes + ChunkHeader.Size));
            }

            var meter = LoadMeter.Start();
            var upload = connections[0].NewUpload();
            connections.ForEach(connection => connection.Track(upload));
            var hands = Deal(order);
            await Task.WhenAll(connections.Zip(hands, (connection, hand) => Task.Run(async () =>
            {
                foreach (var offset in hand)
                {
                    await connection.SendChunkAsync(upload, offset, order.Size);
                }
            })));
            await upload.Committed;
            return meter.Stop(upload.Id);
        }
        finally
        {
            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    /// <summary>Which offsets each connection sends, in its order.</summary>
    private static List<long>[] Deal(SpreadMessage order)
    {
        var random = new Random(1);
        var hands = Enumerable.Range(0, order.Connections).Select(static _ => new List<long>()).ToArray();
        var stretch = Math.Max(1, (int)(StretchBytes / order.ChunkBytes)) * (long)order.ChunkBytes;
        for (var start = 0L; start < order.Size; start += stretch)
        {
            var offsets = new List<long>();
            for (var offset = start; offset < Math.Min(start + stretch, order.Size); offset += order.ChunkBytes)
            {
                offsets.Add(offset);
            }

            var deck = offsets.ToArray();
            if (order.Connections > 1)
            {
                random.Shuffle(deck);
            }

            for (var index = 0; index < deck.Length; index++)
            {
                hands[index % hands.Length].Add(deck[index]);
            }
        }

        return hands;
    }
}
