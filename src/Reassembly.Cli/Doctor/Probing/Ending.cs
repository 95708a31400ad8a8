namespace Reassembly.Cli.Doctor.Probing;

/// <summary>How a connection ended.</summary>
/// <param name="HasFrame">Whether a close frame came.</param>
/// <param name="Code">The code in it; <see langword="null"/> where there is none.</param>
/// <param name="Reset">Whether the connection was torn down, before or after the close frame.</param>
/// <param name="After">Time from the last byte sent to the close frame, or to the end where none came.</param>
internal sealed record Ending(bool HasFrame, int? Code, string Reason, bool Reset, TimeSpan After)
{
    /// <summary>The code that a client's library shows: 1005 and 1006 are never sent, they stand for none and for no close frame.</summary>
    public int ShownCode => HasFrame ? Code ?? 1005 : 1006;
}
