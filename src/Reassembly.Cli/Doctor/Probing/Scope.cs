namespace Reassembly.Cli.Doctor.Probing;

/// <summary>What a limit counts.</summary>
internal enum Scope
{
    /// <summary>The whole message, however many frames it has.</summary>
    Message,

    /// <summary>One frame: a message above it passes in several.</summary>
    Frame,
}
