using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests.Fuzzing;

/// <summary>A message whose sender lies about it. One half announces the digest of its true bytes first: only those may ever be committed.</summary>
internal sealed class FuzzedMessage
{
    public FuzzedMessage(Random random, bool isAnnounced)
    {
        Payload = new byte[random.Next(1, 40_000)];
        random.NextBytes(Payload);
        Sha256 = isAnnounced ? Convert.ToHexStringLower(SHA256.HashData(Payload)) : null;
    }

    public MessageId Id { get; } = Peer.NewId();

    public byte[] Payload { get; }

    /// <summary>What was announced, if anything.</summary>
    public string? Sha256 { get; }
}
