using System.Globalization;
using System.Security.Cryptography;

namespace Reassembly.Edge.Http;

/// <summary>
/// What whoever claims a message over HTTP is given, and gives with the answer: the attempt, and a secret that is in the ledger beside it.
/// Nobody else can settle the attempt, and it settles no other.
/// </summary>
/// <param name="Attempt">1 for the first.</param>
/// <param name="Secret">122 bits of chance or more.</param>
internal readonly record struct ClaimToken(int Attempt, Guid Secret)
{
    public static Guid NewSecret() => new(RandomNumberGenerator.GetBytes(16));

    public static bool TryParse(string? text, out ClaimToken token)
    {
        token = default;
        if (text?.Split('-') is not [var attempt, var secret]
            || !int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !Guid.TryParseExact(secret, "N", out var parsed))
        {
            return false;
        }

        token = new ClaimToken(number, parsed);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Attempt}-{Secret:N}");
}
