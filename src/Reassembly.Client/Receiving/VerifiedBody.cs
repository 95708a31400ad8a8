using System.Buffers;
using System.Security.Cryptography;
using Reassembly.Client.Errors;

namespace Reassembly.Client.Receiving;

/// <summary>
/// The payload of a delivery as it was sent. The read that would give its last byte compares the digest first: so what was read to
/// the end was verified, whether or not its reader asks for more.
/// </summary>
internal sealed class VerifiedBody(Delivery delivery) : ForwardOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private PayloadMismatchException? _mismatch;
    private long _position;
    private bool _isVerified;
    private bool _isClosed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(ReceivedMessage));
        delivery.ThrowIfLost();
        if (_mismatch is not null)
        {
            throw new PayloadMismatchException(delivery.Message.Id, _mismatch.Message);
        }

        if (_isVerified || buffer.IsEmpty)
        {
            return 0;
        }

        var there = (await delivery.ReadAsync(cancellationToken).ConfigureAwait(false)).Buffer;
        var taken = there.Slice(0, Math.Min(there.Length, buffer.Length));
        taken.CopyTo(buffer.Span);
        var count = (int)taken.Length;
        _hash.AppendData(buffer.Span[..count]);
        _position += count;
        delivery.Advance(taken.End, count);
        if (_position == delivery.Message.Size)
        {
            Verify();
        }

        return count;
    }

    /// <summary>Reads what is left, so that all of it is verified.</summary>
    /// <exception cref="PayloadMismatchException">Other bytes than were announced.</exception>
    /// <exception cref="MessageLostException">The delivery was lost.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(65_536);
        try
        {
            while (await ReadAsync(buffer.AsMemory(), cancellationToken).ConfigureAwait(false) > 0)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Gives the buffered bytes up. Not what <see cref="Stream.Dispose()"/> does: a caller who is done with the stream has not yet said
    /// what is to become of the message.
    /// </summary>
    public void Abandon()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            delivery.StopReading();
            _hash.Dispose();
        }
    }

    private void Verify()
    {
        var message = delivery.Message;
        var digest = Convert.ToHexStringLower(_hash.GetCurrentHash());
        if (digest != message.Sha256)
        {
            throw _mismatch = new PayloadMismatchException(message.Id, $"message {message.Id} arrived with SHA-256 {digest}, the server says {message.Sha256}");
        }

        _isVerified = true;
    }
}
