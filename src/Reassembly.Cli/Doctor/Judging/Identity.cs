namespace Reassembly.Cli.Doctor.Judging;

/// <summary>Somebody on the way, and what tells so.</summary>
/// <param name="Score">How much speaks for it, from 0 to 1.</param>
/// <param name="OtherScore">The same without what refusals say.</param>
/// <param name="OwnWords">Whether a refusal was in words that only it uses.</param>
internal sealed record Identity(Library Library, string? Version, double Score, double OtherScore, bool OwnWords, IReadOnlyList<string> Because)
{
    public Certainty Certainty => Score switch
    {
        >= 0.9 => Certainty.Sure,
        >= 0.6 => Certainty.Likely,
        _ => Certainty.Perhaps,
    };
}
