using System.Security.Cryptography;

namespace Reassembly.Benchmarks.Peers.SignalR;

/// <summary>What came in. The hub keeps nothing: the first payload is hashed on the way, to be checked, and later ones are only counted.</summary>
public sealed class ReceivedBytes : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isHashed = true;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_isHashed)
        {
            _hash.AppendData(bytes);
        }
    }

    /// <summary>SHA-256 of the first payload, in lower case.</summary>
    public string Digest() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void StopHashing() => _isHashed = false;

    public void Dispose() => _hash.Dispose();
}
