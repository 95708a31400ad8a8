using System.Security.Cryptography;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Protocol;
using Reassembly.Protocol.Frames;

namespace Reassembly.Testing;

/// <summary>A message with random bytes and the chunks a sender would cut from it.</summary>
public sealed class TestMessage
{
    public TestMessage(Random random, int size, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(random);
        Id = MessageId.NewVersion7(now);
        Payload = new byte[size];
        random.NextBytes(Payload);
    }

    public MessageId Id { get; }

    public MessageKey Key => MessageKey.Default(Id);

    public byte[] Payload { get; }

    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Payload));

    /// <summary>The chunk of one stretch.</summary>
    public Chunk Chunk(int from, int to, bool? last = null, ulong? total = null, uint sequence = 0) => new(
        new ChunkHeader
        {
            Id = Id,
            Offset = from,
            PayloadLength = to - from,
            IsLast = last ?? to == Payload.Length,
            TotalSize = total ?? (ulong)Payload.Length,
            Sequence = sequence,
        },
        Payload.AsMemory(from, to - from));

    /// <summary>All chunks in order.</summary>
    public List<Chunk> Chunks(int chunkBytes, ulong? total = null)
    {
        var chunks = new List<Chunk>();
        for (var from = 0; from < Payload.Length || chunks.Count == 0; from += chunkBytes)
        {
            chunks.Add(Chunk(from, Math.Min(from + chunkBytes, Payload.Length), null, total, (uint)chunks.Count));
        }

        return chunks;
    }
}
