using System.Security.Cryptography;

namespace Reassembly.Benchmarks.Peers;

/// <summary>A file of random bytes, the same one for all; removed with it.</summary>
/// <param name="File">Where it lies.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">In lower case.</param>
internal sealed record Payload(string File, long Size, string Sha256) : IDisposable
{
    private const int PieceBytes = 1 << 20;

    public double GiB => Size / (double)(1 << 30);

    public static async Task<Payload> CreateAsync(string file, long size)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var stream = System.IO.File.Create(file);
        var piece = new byte[PieceBytes];
        for (var at = 0L; at < size; at += piece.Length)
        {
            var part = piece.AsMemory(0, (int)Math.Min(piece.Length, size - at));
            RandomNumberGenerator.Fill(part.Span);
            hash.AppendData(part.Span);
            await stream.WriteAsync(part);
        }

        return new Payload(file, size, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public void Dispose() => System.IO.File.Delete(File);
}
