using System.Globalization;
using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>The same things in the same words, wherever they are told.</summary>
internal static class Words
{
    public static string Of(Ending ending)
    {
        var after = ending.After.TotalMilliseconds < 1 ? "at once" : string.Create(CultureInfo.InvariantCulture, $"after {ending.After.TotalMilliseconds:0} ms");
        return ending.HasFrame
            ? $"{(ending.Code is { } code ? $"code {code}" : "a close frame without a code")}{(ending.Reason.Length > 0 ? $" '{ending.Reason}'" : ", no reason")}, {after}"
            : $"{(ending.Reset ? "a reset" : "its end")} and no close frame (1006), {after}";
    }

    public static string Of(Certainty certainty) => certainty switch
    {
        Certainty.Sure => "sure",
        Certainty.Likely => "likely",
        _ => "perhaps",
    };
}
