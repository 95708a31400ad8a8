using System.Security.Cryptography;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Webhooks.Tests.Hosting;

/// <summary>A store of one payload of any size, whose bytes are made as they are read.</summary>
internal sealed class GeneratedStore : IMessageStore
{
    private readonly byte[] _block = new byte[64 * 1024];
    private readonly long _size;
    private long _bytesRead;

    public GeneratedStore(long size)
    {
        _size = size;
        new Random(1).NextBytes(_block);
    }

    public Durability Durability => Durability.Memory;

    /// <summary>How much of it was asked for, over all readers.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>Takes the place of reading at this offset and beyond.</summary>
    public (long Offset, Exception Fault)? Fault { get; set; }

    public ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Fault is { } fault && offset >= fault.Offset)
        {
            return ValueTask.FromException<int>(fault.Fault);
        }

        var within = (int)(offset % _block.Length);
        var length = (int)Math.Min(Math.Min(destination.Length, _block.Length - within), _size - offset);
        _block.AsSpan(within, length).CopyTo(destination.Span);
        Interlocked.Add(ref _bytesRead, length);
        return ValueTask.FromResult(length);
    }

    public string Sha256()
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var offset = 0L; offset < _size; offset += _block.Length)
        {
            digest.AppendData(_block.AsSpan(0, (int)Math.Min(_block.Length, _size - offset)));
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    public ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write) => throw new NotSupportedException();

    public ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken) => throw new NotSupportedException();
}
