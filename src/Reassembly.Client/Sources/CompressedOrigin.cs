using System.IO.Compression;
using System.IO.Pipelines;
using Reassembly.Client.Sending;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Sources;

/// <summary>Compresses a stream as it is read: the compressor runs ahead by what the pipe between takes, and no more.</summary>
internal static class CompressedOrigin
{
    public static string? EncodingOf(PayloadCompression compression) => compression switch
    {
        PayloadCompression.Gzip => ContentEncodings.Gzip,
        PayloadCompression.Brotli => ContentEncodings.Brotli,
        _ => null,
    };

    /// <param name="plain">Read to its end; stays the caller's.</param>
    /// <param name="compression">How.</param>
    /// <returns>The compressed bytes. Disposing it ends the compressor.</returns>
    public static Stream Read(Stream plain, PayloadCompression compression)
    {
        var pipe = new Pipe();
        _ = Task.Run(() => CompressAsync(plain, compression, pipe.Writer));
        return pipe.Reader.AsStream();
    }

    private static async Task CompressAsync(Stream plain, PayloadCompression compression, PipeWriter writer)
    {
        try
        {
            var output = writer.AsStream(leaveOpen: true);
            Stream compressor = compression == PayloadCompression.Gzip
                ? new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true)
                : new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true);
            await using (compressor.ConfigureAwait(false))
            {
                await plain.CopyToAsync(compressor).ConfigureAwait(false);
            }

            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The reader of the pipe throws it on, to the send.
            await writer.CompleteAsync(exception).ConfigureAwait(false);
        }
    }
}
