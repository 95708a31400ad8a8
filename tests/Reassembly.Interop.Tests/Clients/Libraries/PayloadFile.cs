using System.Security.Cryptography;
using System.Text;

namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>Bytes to send, in a file. Browsers make their own, as many.</summary>
internal sealed record PayloadFile(string Path, int Bytes, int Seed, string Sha256)
{
    /// <summary>Bytes that no compressor makes smaller.</summary>
    public static PayloadFile Random(string folder, int bytes, int seed)
    {
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        return Write(folder, content, seed);
    }

    /// <summary>Lines that compress as text does.</summary>
    public static PayloadFile Text(string folder, int bytes, int seed)
    {
        var random = new Random(seed);
        var content = new StringBuilder(bytes + 64);
        while (content.Length < bytes)
        {
            content.Append("line ").Append(random.Next()).Append(" of a payload that compresses\n");
        }

        return Write(folder, Encoding.ASCII.GetBytes(content.ToString(0, bytes)), seed);
    }

    private static PayloadFile Write(string folder, byte[] content, int seed)
    {
        var path = System.IO.Path.Combine(folder, $"{Guid.NewGuid():n}.bin");
        File.WriteAllBytes(path, content);
        return new PayloadFile(path, content.Length, seed, Convert.ToHexStringLower(SHA256.HashData(content)));
    }
}
