namespace Reassembly.Benchmarks.Peers.SignalR;

/// <summary>One stream from the client is one payload.</summary>
public sealed class UploadHub(ReceivedBytes received) : Hub
{
    /// <returns>How many bytes came.</returns>
    public async Task<long> Upload(IAsyncEnumerable<byte[]> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        var length = 0L;
        await foreach (var piece in pieces)
        {
            received.Add(piece);
            length += piece.Length;
        }

        return length;
    }
}
