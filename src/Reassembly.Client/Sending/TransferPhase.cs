namespace Reassembly.Client.Sending;

/// <summary>Where a transfer stands with the current connection.</summary>
internal enum TransferPhase
{
    /// <summary>No connection yet.</summary>
    Detached,

    /// <summary>The server does not know the message: <c>open</c> comes first.</summary>
    MustOpen,

    /// <summary>The server may know the message: <c>status</c> comes first.</summary>
    MustAsk,

    /// <summary>Waiting for the answer to <c>status</c>; nothing is sent meanwhile.</summary>
    Asked,

    /// <summary>The server said "later": waiting, then <c>status</c>.</summary>
    Backoff,

    /// <summary>Sending.</summary>
    Flowing,
}
