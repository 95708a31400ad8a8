using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>What was seen at one address, and what it means.</summary>
/// <param name="Remarks">What else a person should know, a sentence each.</param>
internal sealed record Diagnosis(Observation Seen, IReadOnlyList<Identity> LooksLike, IReadOnlyList<Finding> Findings, IReadOnlyList<string> Remarks)
{
    /// <summary>Those whose settings are to be looked at, each once.</summary>
    public IEnumerable<Library> ToSet => Findings.Select(finding => finding.By).OfType<Library>().Distinct();
}
