using System.Globalization;
using System.Net.Http.Headers;

namespace Reassembly.Webhooks.Requests;

/// <summary>The headers that the payload's sender gave it, as HTTP headers of their own.</summary>
internal static class SenderHeaders
{
    private const string Prefix = "reassembly-header-";

    /// <summary>How many are not there.</summary>
    private const string LeftOut = "reassembly-headers-left-out";

    /// <summary>
    /// Most bytes of them, for HTTP servers take 8 to 32 KiB of headers in all: a request with more would be refused at every attempt.
    /// </summary>
    private const int MostBytes = 4096;

    /// <summary>The colon, the space and the end of a header's line.</summary>
    private const int LineBytes = 4;

    public static void Add(HttpRequestHeaders target, IReadOnlyDictionary<string, string> headers)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var free = MostBytes;
        var leftOut = 0;
        foreach (var (name, value) in headers.OrderBy(static header => header.Key, StringComparer.Ordinal))
        {
            var (line, text) = (Prefix + HeaderText.Name(name), HeaderText.Value(value));
            var bytes = line.Length + text.Length + LineBytes;

            // HTTP knows no case in names: a second one would be added to the first.
            if (name.Length > 0 && bytes <= free && names.Add(line) && target.TryAddWithoutValidation(line, text))
            {
                free -= bytes;
            }
            else
            {
                leftOut++;
            }
        }

        if (leftOut > 0)
        {
            target.TryAddWithoutValidation(LeftOut, leftOut.ToString(CultureInfo.InvariantCulture));
        }
    }
}
