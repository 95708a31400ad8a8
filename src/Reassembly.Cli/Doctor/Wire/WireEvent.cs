namespace Reassembly.Cli.Doctor.Wire;

/// <summary>Something that the peer did, in the order in which it came.</summary>
internal abstract record WireEvent
{
    /// <summary>A whole frame.</summary>
    /// <param name="Begin">The first bytes of its payload: all of a control frame, <see cref="FrameReader.KeptBytes"/> at most of a data frame.</param>
    public sealed record Frame(FrameHead Head, byte[] Begin) : WireEvent;

    /// <summary>The connection is over.</summary>
    /// <param name="Reset">Torn down, and not closed in order.</param>
    /// <param name="Unfinished">Bytes that a data frame had announced which never came whole; <see langword="null"/> where it ended between frames.</param>
    public sealed record Ended(bool Reset, long? Unfinished) : WireEvent;
}
