using System.Buffers;
using Reassembly.Client.Sending;

namespace Reassembly.Client.Sources;

/// <summary>
/// Bytes that can be read again at any time: a seekable stream from where it stands, or memory as a stream. Keeps nothing. Reads
/// happen within the transfer's turn, so a stream that is slow to read slows the other messages of the connection down.
/// </summary>
internal sealed class SeekableSource : IPayloadSource
{
    private const int DigestBufferBytes = 65_536;

    private readonly Stream _stream;
    private readonly long _start;
    private readonly long _size;
    private readonly RunningDigest _digest = new();

    /// <param name="stream">Stays the caller's.</param>
    public SeekableSource(Stream stream)
    {
        _stream = stream;
        _start = stream.Position;
        _size = Math.Max(0, stream.Length - _start);
    }

    public SourceView View => new(0, _size, _size);

    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        _stream.Position = _start + offset;
        await _stream.ReadExactlyAsync(destination, cancellationToken).ConfigureAwait(false);
        _digest.Append(offset, destination.Span);
    }

    public void Release(long below)
    {
    }

    public async ValueTask<string> DigestAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(DigestBufferBytes);
        try
        {
            while (_digest.Position < _size)
            {
                var length = (int)Math.Min(buffer.Length, _size - _digest.Position);
                await ReadAsync(_digest.Position, buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return _digest.Finish();
    }

    public ValueTask DisposeAsync()
    {
        _digest.Dispose();
        return ValueTask.CompletedTask;
    }
}
