namespace Reassembly.Benchmarks.Load;

/// <summary>Sends many messages over one connection, a chunk of each in turn.</summary>
internal static class InterleavedLoad
{
    public static async Task<LoadResult> RunAsync(InterleavedMessages order)
    {
        await using var connection = await LoadConnection.OpenAsync(order.Node, hasCredit: true);
        var meter = LoadMeter.Start();
        var times = new double[order.Count];
        var uploads = new Upload[order.Count];
        for (var index = 0; index < uploads.Length; index++)
        {
            var of = index;
            uploads[index] = connection.NewUpload(_ => times[of] = TimeProvider.System.GetElapsedTime(meter.StartedAt).TotalMilliseconds);
        }

        for (var offset = 0L; offset < order.Size; offset += connection.ChunkBytes)
        {
            foreach (var upload in uploads)
            {
                await connection.SendChunkAsync(upload, offset, order.Size);
            }
        }

        await Task.WhenAll(uploads.Select(static upload => upload.Committed));
        return meter.Stop(uploads[^1].Id, times);
    }
}
