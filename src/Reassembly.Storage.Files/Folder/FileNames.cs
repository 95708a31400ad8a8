using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Reassembly.Storage.Files.Folder;

/// <summary>
/// Any text as one safe file name: percent-encoded UTF-8 except for <c>A-Z a-z 0-9 _ -</c> and dots that do not lead, so
/// <c>..</c> and <c>/</c> and names that a file system takes for special cannot appear. What gets too long is cut and ends in
/// <c>~</c> and a hash; two texts never share a name.
/// </summary>
internal static class FileNames
{
    private const int MaxLength = 200;
    private const int HashDigits = 32;

    private static readonly SearchValues<byte> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    public static string Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var name = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            if (Plain.Contains(value) || (value == (byte)'.' && name.Length > 0))
            {
                name.Append((char)value);
            }
            else
            {
                name.Append('%').Append(value.ToString("X2"));
            }
        }

        if (name.Length <= MaxLength)
        {
            return name.ToString();
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..HashDigits];
        return $"{name.ToString(0, MaxLength - HashDigits - 1)}~{hash}";
    }
}
