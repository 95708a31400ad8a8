using System.Text.RegularExpressions;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>A sign of one library.</summary>
/// <param name="Pattern">A group named <c>version</c> is the version, one named <c>max</c> the limit, one named <c>actual</c> what came.</param>
/// <param name="Weight">How much it says, from 0 to 1: two signs of a half make three quarters.</param>
internal sealed record Clue(string Library, ClueKind Kind, Regex Pattern, double Weight)
{
    /// <summary>Whether it is what one library alone says of a message that is too big.</summary>
    public bool IsOwnWords => Kind == ClueKind.TooBig && Weight >= 0.9;
}
