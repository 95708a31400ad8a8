using System.Buffers;
using System.IO.Compression;
using Reassembly.Client.Errors;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Downloading;

/// <summary>Fetches a payload, decompresses it if asked, and compares its digest with the server's.</summary>
internal sealed class Downloader(ReassemblyClientOptions options) : IDisposable
{
    private const int BufferBytes = 65_536;

    private readonly HttpMessageInvoker _http = options.HttpInvoker ?? new HttpMessageInvoker(new SocketsHttpHandler());

    /// <param name="endpoint">The WebSocket address of the node to ask.</param>
    /// <param name="id">The message.</param>
    /// <param name="destination">Takes the payload.</param>
    /// <param name="download">How.</param>
    /// <param name="askDigest">Asks the server for the digest where its answer does not carry one.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    public async Task<DownloadResult> GetAsync(
        Uri endpoint, MessageId id, Stream destination, DownloadOptions download, Func<Task<string?>> askDigest, CancellationToken cancellationToken)
    {
        var raw = new PayloadStream(_http, PayloadAddress.Of(endpoint, id), id, options);
        await using (raw.ConfigureAwait(false))
        {
            await raw.OpenAsync(cancellationToken).ConfigureAwait(false);
            var encoding = raw.Headers.ContentEncoding.LastOrDefault(name => name != ContentEncodings.Identity);
            var contentType = raw.Headers.ContentType?.ToString();
            var written = await CopyAsync(raw, encoding, destination, download, cancellationToken).ConfigureAwait(false);
            var expected = raw.AnnouncedSha256 ?? await askDigest().ConfigureAwait(false);
            if (raw.Digest != expected)
            {
                throw new PayloadMismatchException(id, $"message {id} arrived with SHA-256 {raw.Digest}, the server says {expected ?? "none"}");
            }

            return new DownloadResult(id, raw.Position, raw.Digest, written, contentType, encoding);
        }
    }

    public void Dispose()
    {
        if (options.HttpInvoker is null)
        {
            _http.Dispose();
        }
    }

    private static async Task<long> CopyAsync(
        PayloadStream raw, string? encoding, Stream destination, DownloadOptions download, CancellationToken cancellationToken)
    {
        if (!download.Decompress || encoding is null)
        {
            return await CopyAsync(raw, destination, long.MaxValue, cancellationToken).ConfigureAwait(false);
        }

        Stream plain = encoding switch
        {
            ContentEncodings.Gzip => new GZipStream(raw, CompressionMode.Decompress, leaveOpen: true),
            ContentEncodings.Brotli => new BrotliStream(raw, CompressionMode.Decompress, leaveOpen: true),
            _ => throw new ReassemblyException($"content encoding '{encoding}' is not known here; fetch it without decompression"),
        };
        await using (plain.ConfigureAwait(false))
        {
            var written = await CopyAsync(plain, destination, download.MaxDecompressedBytes, cancellationToken).ConfigureAwait(false);

            // A decompressor may stop before the end of its input, and the digest is that of all of it.
            await CopyAsync(raw, Stream.Null, long.MaxValue, cancellationToken).ConfigureAwait(false);
            return written;
        }
    }

    private static async Task<long> CopyAsync(Stream from, Stream to, long cap, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var total = 0L;
            int count;
            while ((count = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                total += count;
                if (total > cap)
                {
                    throw new ReassemblyException($"the payload decompresses to more than the {cap} bytes allowed");
                }

                await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }

            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
