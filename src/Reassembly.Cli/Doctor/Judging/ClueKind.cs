namespace Reassembly.Cli.Doctor.Judging;

/// <summary>Where a clue is looked for.</summary>
internal enum ClueKind
{
    /// <summary>The name in the address.</summary>
    Host,

    /// <summary>The first line of the answer to the upgrade.</summary>
    StatusLine,

    /// <summary>One field of the answer to the upgrade or to the plain request: <c>Name: value</c>, as it was written.</summary>
    Field,

    /// <summary>The names of the fields of an accepted upgrade, in their order, with commas between.</summary>
    FieldNames,

    /// <summary>The answer to a request without an upgrade: its status, a blank, and its body.</summary>
    Plain,

    /// <summary>What a frame of a reserved type was answered with: code, a blank, and the reason.</summary>
    Fingerprint,

    /// <summary>What a message that was refused was answered with: code, a blank, and the reason.</summary>
    TooBig,

    /// <summary>A text message that the server sent.</summary>
    Overheard,

    /// <summary>The name of a limit that <c>GET /limits</c> tells.</summary>
    Limit,
}
