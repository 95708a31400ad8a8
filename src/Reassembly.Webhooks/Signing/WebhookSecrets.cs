using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Reassembly.Webhooks.Signing;

/// <summary>The keys of one webhook, and the signatures made with them: the scheme is told in README.md of this project.</summary>
internal sealed class WebhookSecrets
{
    private const string Prefix = "whsec_";
    private const string Scheme = "v1,";
    private const int FewestBytes = 24;
    private const int MostBytes = 64;

    private readonly IReadOnlyList<byte[]> _keys;

    private WebhookSecrets(IReadOnlyList<byte[]> keys) => _keys = keys;

    /// <summary>Reads one secret, or several with white space between them.</summary>
    /// <param name="text">The setting.</param>
    /// <param name="secrets">The keys, where all of them have their form.</param>
    /// <param name="fault">The rest of a sentence that begins with the setting's name; shows nothing of a secret.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out WebhookSecrets? secrets, [NotNullWhen(false)] out string? fault)
    {
        secrets = null;
        fault = null;
        var parts = (text ?? string.Empty).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
        {
            fault = $"is not set; it must be {Prefix} and base64 of {FewestBytes} to {MostBytes} random bytes.";
            return false;
        }

        var keys = new List<byte[]>();
        foreach (var part in parts)
        {
            var which = parts.Length == 1 ? string.Empty : $"holds {parts.Length} secrets, of which number {keys.Count + 1} ";
            var key = new byte[part.Length];
            if (!part.StartsWith(Prefix, StringComparison.Ordinal) || !Convert.TryFromBase64String(part[Prefix.Length..], key, out var length))
            {
                fault = $"{which}is not {Prefix} and base64.";
                return false;
            }

            if (length is < FewestBytes or > MostBytes)
            {
                fault = $"{which}is {length} bytes long; a secret has {FewestBytes} to {MostBytes}.";
                return false;
            }

            keys.Add(key[..length]);
        }

        secrets = new WebhookSecrets(keys);
        return true;
    }

    /// <summary>The value of <c>webhook-signature</c>: a signature of each secret.</summary>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="unixSeconds">The value of <c>webhook-timestamp</c>.</param>
    /// <param name="sha256">SHA-256 of the body, 64 lower-case hex digits.</param>
    public string Sign(string id, long unixSeconds, string sha256)
    {
        var signed = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}.{sha256}"));
        return string.Join(' ', _keys.Select(key => Scheme + Convert.ToBase64String(HMACSHA256.HashData(key, signed))));
    }
}
