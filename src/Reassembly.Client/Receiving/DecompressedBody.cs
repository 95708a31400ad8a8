using System.IO.Compression;
using Reassembly.Client.Errors;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Receiving;

/// <summary>A payload as it was before it was compressed, up to a cap. Its end is told only when all that was sent is verified.</summary>
internal sealed class DecompressedBody(MessageId id, VerifiedBody raw, Stream plain, long maxBytes) : ForwardOnlyStream
{
    private long _made;

    /// <summary>The stream that undoes a content encoding; the payload itself where there is none.</summary>
    public static Stream Over(VerifiedBody raw, PayloadMessage message, long maxBytes)
    {
        Stream? plain = message.ContentEncoding switch
        {
            ContentEncodings.Gzip => new GZipStream(raw, CompressionMode.Decompress, leaveOpen: true),
            ContentEncodings.Brotli => new BrotliStream(raw, CompressionMode.Decompress, leaveOpen: true),
            _ => null,
        };
        return plain is null ? raw : new DecompressedBody(message.Id, raw, plain, maxBytes);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_made > maxBytes)
        {
            throw new DecompressedTooBigException(id, maxBytes);
        }

        if (buffer.IsEmpty)
        {
            return 0;
        }

        var count = await plain.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _made += count;
        if (_made > maxBytes)
        {
            throw new DecompressedTooBigException(id, maxBytes);
        }

        if (count == 0)
        {
            // A decompressor may stop before the end of its input, and the digest is that of all of it.
            await raw.DrainAsync(cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            plain.Dispose();
        }

        base.Dispose(disposing);
    }
}
