namespace Reassembly.Cli.Doctor.Judging;

internal enum Certainty
{
    Perhaps,
    Likely,
    Sure,
}
