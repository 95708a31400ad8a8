using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Reassembly.Client.Connections;
using Reassembly.Client.Errors;
using Reassembly.Protocol;

namespace Reassembly.Client.Downloading;

/// <summary>The body of <c>GET /messages/{id}</c> as one stream: when a response breaks off, the next one begins where it ended. Hashes what it gives.</summary>
internal sealed class PayloadStream(HttpMessageInvoker http, Uri address, MessageId id, ReassemblyClientOptions options) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Backoff _backoff = new(options.BackoffBase, options.BackoffCap, new Random());
    private HttpResponseMessage? _response;
    private Stream? _body;
    private string? _tag;
    private long _position;
    private long? _size;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>What the server says of the payload; there once <see cref="OpenAsync"/> has ended.</summary>
    public HttpContentHeaders Headers => _response!.Content.Headers;

    /// <summary>SHA-256 that the server announces, where it does.</summary>
    public string? AnnouncedSha256 => _tag?.Trim('"') is { Length: 64 } hex ? hex : null;

    public string Digest => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <exception cref="UnknownMessageException">The server has no such payload.</exception>
    /// <exception cref="ConnectionFailedException">No answer within the give-up time.</exception>
    public Task OpenAsync(CancellationToken cancellationToken) => RetryAsync(0, cancellationToken);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var count = await _body!.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (count == 0 && _position < _size && buffer.Length > 0)
                {
                    throw new HttpIOException(HttpRequestError.ResponseEnded, $"the answer ended at byte {_position} of {_size}");
                }

                _hash.AppendData(buffer.Span[..count]);
                _position += count;
                _backoff.Reset();
                return count;
            }
            catch (IOException)
            {
                await RetryAsync(_position, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("this stream is read asynchronously");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _response?.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task RetryAsync(long from, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                await RequestAsync(from, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                if (options.TimeProvider.GetElapsedTime(started) >= options.GiveUpAfter)
                {
                    throw new ConnectionFailedException($"{address}: {exception.Message}", exception);
                }
            }

            await Task.Delay(_backoff.Next(), options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RequestAsync(long from, CancellationToken cancellationToken)
    {
        _response?.Dispose();
        _response = null;
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
            if (_tag is not null)
            {
                request.Headers.IfRange = new RangeConditionHeaderValue(_tag);
            }
        }

        var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            await TakeAsync(response, from, cancellationToken).ConfigureAwait(false);
            _response = response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task TakeAsync(HttpResponseMessage response, long from, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.NotFound or HttpStatusCode.Gone:
                throw new UnknownMessageException(id, $"the server has no payload of message {id}");
            case HttpStatusCode.OK when from == 0:
                _tag = response.Headers.ETag?.Tag;
                _size = response.Content.Headers.ContentLength;
                break;
            case HttpStatusCode.PartialContent when from > 0 && response.Content.Headers.ContentRange?.From == from:
                break;
            case >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests:
                throw new HttpRequestException($"the server answers {(int)response.StatusCode}", null, response.StatusCode);
            default:
                throw new ReassemblyException($"{address} answers {(int)response.StatusCode}, which gives no payload from byte {from}");
        }

        _body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
    }
}
