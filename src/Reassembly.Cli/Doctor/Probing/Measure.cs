namespace Reassembly.Cli.Doctor.Probing;

/// <summary>A limit that was found.</summary>
/// <param name="Passed">The largest size that passed, in bytes.</param>
/// <param name="Refused">The smallest that did not.</param>
/// <param name="By">What happened to that one.</param>
internal sealed record Measure(Scope Scope, Direction Direction, int Passed, int Refused, TrialResult By)
{
    public bool IsExact => Refused == Passed + 1;
}
