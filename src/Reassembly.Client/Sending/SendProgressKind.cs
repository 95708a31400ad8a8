namespace Reassembly.Client.Sending;

/// <summary>What a progress report is about.</summary>
public enum SendProgressKind
{
    /// <summary>More bytes are durable.</summary>
    Bytes,

    /// <summary>The connection is gone, or cannot be made; the client goes on trying.</summary>
    Disconnected,

    /// <summary>The send goes on where the server has it, after a loss or for an id that was begun before.</summary>
    Resumed,

    /// <summary>The server asked to send something again, or later.</summary>
    Retrying,
}
