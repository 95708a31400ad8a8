using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Reassembly.Receivers;

/// <summary>Verifies signatures as the README of webhooks tells receivers to, apart from the code that makes them.</summary>
internal sealed class Signature(string secret)
{
    private const int MostSecondsAway = 300;

    private readonly byte[] _key = Convert.FromBase64String(secret["whsec_".Length..]);

    /// <param name="headers">Of the request.</param>
    /// <param name="sha256">SHA-256 of the bytes that arrived, in lower-case hex.</param>
    public bool IsOf(IHeaderDictionary headers, string sha256)
    {
        var stamp = headers["webhook-timestamp"].ToString();
        if (!long.TryParse(stamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - seconds) > MostSecondsAway)
        {
            return false;
        }

        var signed = Encoding.ASCII.GetBytes($"{headers["webhook-id"]}.{stamp}.{sha256}");
        var expected = Encoding.ASCII.GetBytes($"v1,{Convert.ToBase64String(HMACSHA256.HashData(_key, signed))}");
        return headers["webhook-signature"].ToString().Split(' ').Any(one => CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(one)));
    }
}
