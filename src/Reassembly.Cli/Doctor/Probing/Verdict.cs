namespace Reassembly.Cli.Doctor.Probing;

/// <summary>What became of one trial.</summary>
internal enum Verdict
{
    Passed,

    /// <summary>The connection ended, or the peer said that it is too big.</summary>
    Refused,

    /// <summary>Neither an answer nor an end, for as long as the time-out.</summary>
    Swallowed,
}
