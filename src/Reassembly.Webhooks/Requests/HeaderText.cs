using System.Text;

namespace Reassembly.Webhooks.Requests;

/// <summary>
/// Any text as the name or value of an HTTP header, and back again by percent-decoding: what HTTP does not allow there is written
/// as the %XX of its UTF-8 bytes, and so is the percent sign.
/// </summary>
internal static class HeaderText
{
    private const string TokenPunctuation = "!#$&'*+-.^_`|~";

    public static string Name(string text) => Encode(text, static (character, _) => char.IsAsciiLetterOrDigit(character) || TokenPunctuation.Contains(character, StringComparison.Ordinal));

    /// <summary>Spaces at either end are encoded, since HTTP takes them away.</summary>
    public static string Value(string text) => Encode(text, static (character, isEnd) => character is > ' ' and <= '~' and not '%' || (character == ' ' && !isEnd));

    private static string Encode(string text, Func<char, bool, bool> isPlain)
    {
        var encoded = new StringBuilder(text.Length);
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var index = 0; index < bytes.Length; index++)
        {
            var character = (char)bytes[index];
            if (isPlain(character, index == 0 || index == bytes.Length - 1))
            {
                encoded.Append(character);
            }
            else
            {
                encoded.Append('%').Append(Convert.ToHexString(bytes, index, 1));
            }
        }

        return encoded.ToString();
    }
}
