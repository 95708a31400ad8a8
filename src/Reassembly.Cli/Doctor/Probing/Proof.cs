namespace Reassembly.Cli.Doctor.Probing;

/// <summary>How it is known that a message passed.</summary>
internal enum Proof
{
    /// <summary>The ping behind it was answered: libraries read in order.</summary>
    Pong,

    /// <summary>It came back.</summary>
    Echo,

    /// <summary>The peer answers no pings; nothing was refused for a while.</summary>
    Quiet,
}
