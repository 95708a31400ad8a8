namespace Reassembly.Cli.Doctor.Probing;

/// <summary>What one trial showed.</summary>
/// <param name="Ending">How the connection ended, where it did.</param>
/// <param name="EchoFrame">Bytes of the largest frame of the message that came back; <see langword="null"/> where none did.</param>
/// <param name="CutEcho">Whether a message that came back broke off in the middle: it had passed, and its way back is what failed.</param>
/// <param name="Refusal">What the peer said in place of ending the connection.</param>
internal sealed record TrialResult(
    TrialShape Shape, int Size, Verdict Verdict, Proof Proof, Ending? Ending = null, long? EchoFrame = null, bool CutEcho = false, StatedRefusal? Refusal = null)
{
    public bool Passed => Verdict == Verdict.Passed;

    public bool Echoed => EchoFrame is not null;
}
