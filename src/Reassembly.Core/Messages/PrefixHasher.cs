using System.Buffers;
using System.Security.Cryptography;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Core.Messages;

/// <summary>
/// SHA-256 of a message from its first byte on. Bytes that arrive in order are hashed from memory while the store writes
/// them; bytes that came out of order, or before this owner, are read back once the gap before them has closed.
/// </summary>
internal sealed class PrefixHasher(IMessageStore store, MessageKey key, ReadBackGate gate) : IDisposable
{
    private const int ReadBytes = 256 * 1024;

    // Made when the first byte comes: an idle message has none.
    private IncrementalHash? _created;

    /// <summary>Every byte below it has been hashed.</summary>
    public long Position { get; private set; }

    /// <summary>Hashes on from <see cref="Position"/> for as far as bytes are at hand.</summary>
    /// <param name="durable">What can be read from the store.</param>
    /// <param name="segments">What is in memory, ascending.</param>
    /// <param name="during">
    /// Bytes are read back from the store for as long as this runs, and a little in any case, unless another message does so; null reads
    /// all there are. Only looked at, never awaited.
    /// </param>
    public async ValueTask AdvanceAsync(RangeSet durable, List<Segment> segments, ValueTask? during)
    {
        var mayRead = true;
        var next = 0;
        while (true)
        {
            while (next < segments.Count && segments[next].Offset + segments[next].Bytes.Length <= Position)
            {
                next++;
            }

            if (next < segments.Count && segments[next].Offset <= Position)
            {
                var bytes = segments[next].Bytes[(int)(Position - segments[next].Offset)..];
                Hash.AppendData(bytes.Span);
                Position += bytes.Length;
                continue;
            }

            var stored = durable.Containing(Position);
            if (stored.IsEmpty || !mayRead)
            {
                return;
            }

            var isUrgent = during is null;
            if (!isUrgent && !gate.TryEnter())
            {
                return;
            }

            try
            {
                await AppendStoredAsync((int)Math.Min(stored.To - Position, ReadBytes)).ConfigureAwait(false);
            }
            finally
            {
                if (!isUrgent)
                {
                    gate.Leave();
                }
            }

            mayRead = during is not { IsCompleted: true };
        }
    }

    /// <summary>The digest as 64 lower-case hex digits; starts over from the first byte.</summary>
    public string Finish()
    {
        Position = 0;
        return Convert.ToHexStringLower(Hash.GetHashAndReset());
    }

    /// <summary>Forgets everything: bytes were hashed that did not become durable.</summary>
    public void Reset()
    {
        _created?.Dispose();
        _created = null;
        Position = 0;
    }

    public void Dispose() => _created?.Dispose();

    private IncrementalHash Hash => _created ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private async ValueTask AppendStoredAsync(int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            var read = await store.ReadAsync(key, Position, buffer.AsMemory(0, length), CancellationToken.None).ConfigureAwait(false);
            if (read == 0)
            {
                throw new StoreException($"the stored bytes of message {key} end at {Position}, before what its record says");
            }

            Hash.AppendData(buffer, 0, read);
            Position += read;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
