namespace Reassembly.Cli.Doctor.Judging;

/// <summary>Where on the way something stands.</summary>
internal enum Role
{
    /// <summary>Ends the WebSocket: a library or a server on top of one.</summary>
    Server,

    /// <summary>Hands it on.</summary>
    Proxy,

    /// <summary>A service of somebody else, whose limits are what they are.</summary>
    Service,
}
