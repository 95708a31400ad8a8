using Reassembly.Protocol;

namespace Reassembly.Testing;

/// <summary>A payload that can be made again instead of kept.</summary>
public sealed record SentPayload(MessageId Id, int Seed, int Size)
{
    public byte[] Bytes()
    {
        var bytes = new byte[Size];
        new Random(Seed).NextBytes(bytes);
        return bytes;
    }
}
