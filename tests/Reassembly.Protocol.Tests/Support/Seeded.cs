using System.Globalization;
using Reassembly.Protocol.Frames;
using Xunit.Abstractions;

namespace Reassembly.Protocol.Tests.Support;

/// <summary>Randomness that can be had again: the seed is printed, and taken from REASSEMBLY_SEED where that is set.</summary>
internal static class Seeded
{
    public static Random Random(ITestOutputHelper output)
    {
        var seed = Environment.GetEnvironmentVariable("REASSEMBLY_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
        output.WriteLine($"REASSEMBLY_SEED={seed}");
        return new Random(seed);
    }

    public static byte[] Bytes(this Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    public static ChunkHeaderAndPayload Chunk(this Random random, int maxPayload)
    {
        var payload = random.Bytes(random.Next(maxPayload + 1));
        var header = new ChunkHeader
        {
            Sequence = (uint)random.NextInt64(0, 1L << 32),
            Id = MessageId.Read(random.Bytes(MessageId.Size)),
            Offset = random.NextInt64(0, long.MaxValue - payload.Length) >> random.Next(63),
            TotalSize = random.Next(3) == 0 ? ChunkHeader.UnknownSize : (ulong)random.NextInt64() << random.Next(2),
            PayloadLength = payload.Length,
            IsLast = random.Next(2) == 0,
        };
        return new ChunkHeaderAndPayload(header, payload);
    }

    public readonly record struct ChunkHeaderAndPayload(ChunkHeader Header, byte[] Payload);
}
