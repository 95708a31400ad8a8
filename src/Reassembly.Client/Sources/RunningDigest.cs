using System.Security.Cryptography;

namespace Reassembly.Client.Sources;

/// <summary>SHA-256 of a payload, computed on the way: bytes that come in order count, repeats and bytes ahead do not.</summary>
internal sealed class RunningDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Every byte below it is counted.</summary>
    public long Position { get; private set; }

    public void Append(long offset, ReadOnlySpan<byte> bytes)
    {
        var skip = Position - offset;
        if (skip < 0 || skip >= bytes.Length)
        {
            return;
        }

        _hash.AppendData(bytes[(int)skip..]);
        Position += bytes.Length - skip;
    }

    public string Finish() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
