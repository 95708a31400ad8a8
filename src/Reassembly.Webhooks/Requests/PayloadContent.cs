using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Reassembly.Core.Delivery;
using Reassembly.Protocol.Control;

namespace Reassembly.Webhooks.Requests;

/// <summary>
/// A payload as the body of a request, streamed from the store. The digest is taken on the way, and the last bytes go out only where
/// it is the one that was committed and signed: a receiver never has a whole body that is another one.
/// </summary>
internal sealed class PayloadContent : HttpContent
{
    private const int BufferBytes = 128 * 1024;
    private const string UnknownType = "application/octet-stream";

    private readonly CommittedPayload _payload;

    public PayloadContent(CommittedPayload payload)
    {
        _payload = payload;
        Headers.ContentType = TypeOf(payload.ContentType);
        if (payload.ContentEncoding != ContentEncodings.Identity && ContentEncodings.IsKnown(payload.ContentEncoding))
        {
            Headers.ContentEncoding.Add(payload.ContentEncoding);
        }
    }

    /// <summary>What kept the payload from being read: its store's fault, not the receiver's.</summary>
    public Exception? SourceFault { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = _payload.Size;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var source = _payload.OpenRead();
            await using var _ = source.ConfigureAwait(false);
            var left = _payload.Size;
            do
            {
                var read = await ReadAsync(source, buffer, digest, left, cancellationToken).ConfigureAwait(false);
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                left -= read;
            }
            while (left > 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static MediaTypeHeaderValue TypeOf(string? contentType)
        => contentType is not null && contentType.All(static character => character is >= ' ' and <= '~') && MediaTypeHeaderValue.TryParse(contentType, out var type)
            ? type
            : new MediaTypeHeaderValue(UnknownType);

    private async Task<int> ReadAsync(Stream source, byte[] buffer, IncrementalHash digest, long left, CancellationToken cancellationToken)
    {
        try
        {
            var read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            digest.AppendData(buffer, 0, read);
            if (read >= left && Convert.ToHexStringLower(digest.GetHashAndReset()) is var sha256 && sha256 != _payload.Sha256)
            {
                throw new InvalidDataException($"message {_payload.Id} has SHA-256 {sha256} in the store; committed was {_payload.Sha256}");
            }

            return read;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            SourceFault = fault;
            throw;
        }
    }
}
