namespace Reassembly.Protocol.Errors;

/// <summary>Cuts sentences for people to a length.</summary>
internal static class Sentence
{
    /// <summary>At most <paramref name="length"/> UTF-16 units, with … where something is missing and never half a surrogate pair.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        var kept = Math.Max(0, length - 1);
        if (kept > 0 && char.IsHighSurrogate(text[kept - 1]))
        {
            kept--;
        }

        return length == 0 ? string.Empty : string.Concat(text.AsSpan(0, kept), "…");
    }
}
