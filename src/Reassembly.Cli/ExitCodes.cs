namespace Reassembly.Cli;

/// <summary>How the process ends; scripts rely on these numbers.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>Anything that has no number of its own, such as a file that cannot be read.</summary>
    public const int Unexpected = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The server refused the message for good, or holds other bytes under its id.</summary>
    public const int Rejected = 3;

    /// <summary>No connection, or no progress, for as long as the give-up time.</summary>
    public const int GaveUp = 4;

    /// <summary>The message expired or was aborted.</summary>
    public const int Ended = 5;

    /// <summary>The server does not know the id.</summary>
    public const int UnknownMessage = 6;

    /// <summary><c>doctor --from-log</c>: no line is one that it knows.</summary>
    public const int NothingKnown = 7;

    /// <summary>Ctrl+C; the server was told to abort the message that was sent, or got back what was received in part.</summary>
    public const int Cancelled = 130;

    public const string Help = """
        Exit codes: 0 done, 1 unexpected failure, 2 wrong usage, 3 rejected by the server, 4 could not connect or gave up,
        5 the message expired or was aborted, 6 unknown message, 130 cancelled (Ctrl+C).
        """;
}
