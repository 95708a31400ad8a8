namespace Reassembly.Cli.Doctor.Probing;

/// <summary>What a probing message is made of.</summary>
internal enum PayloadKind
{
    /// <summary>Zero bytes.</summary>
    Binary,

    /// <summary>One JSON string, so that a peer that parses what it gets is not put off by it.</summary>
    Text,

    /// <summary>
    /// A call of SignalR's hub protocol, of a method that no hub has, with blanks in it. A hub answers WebSocket pings before it reads what came
    /// before them, and takes what does not end with its separator for more of the same: its answer to a call is what tells.
    /// </summary>
    HubCall,
}
