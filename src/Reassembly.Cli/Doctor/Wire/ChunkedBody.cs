using System.Globalization;
using System.Text;

namespace Reassembly.Cli.Doctor.Wire;

/// <summary>The beginning of a body that was sent in chunks (RFC 9112, section 7.1).</summary>
internal static class ChunkedBody
{
    /// <summary>Takes the sizes out; what is cut off or broken ends it.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> body)
    {
        var whole = new List<byte>();
        while (body.IndexOf("\r\n"u8) is >= 0 and var end)
        {
            var line = Encoding.ASCII.GetString(body[..end]).Split(';')[0].Trim();
            if (!int.TryParse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size <= 0)
            {
                break;
            }

            var chunk = body[(end + 2)..];
            whole.AddRange(chunk[..Math.Min(size, chunk.Length)]);
            body = chunk[(int)Math.Min(size + 2L, chunk.Length)..];
        }

        return [.. whole];
    }
}
