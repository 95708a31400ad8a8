namespace Reassembly.Cli.Doctor.Judging;

/// <summary>What a limit counts.</summary>
[Flags]
internal enum Counts
{
    Nothing = 0,
    Messages = 1,
    Frames = 2,
}
