namespace Reassembly.Cli.Doctor.Logs;

/// <summary>Whose limit a line is about, seen from the program that wrote it.</summary>
internal enum LogSide
{
    /// <summary>The program that wrote it: it refused what it received.</summary>
    Writer,

    /// <summary>Whoever it talks to, or a hop in between: what the program sent was refused.</summary>
    Peer,

    /// <summary>It is the same line on either side.</summary>
    Either,
}
