namespace Reassembly.Edge.Connections;

/// <summary>What is done with what a peer sends: <c>reassembly.v1</c>, or raw payloads.</summary>
internal interface IConnectionReader
{
    /// <summary>Handles what comes in until the peer closes or this side began to.</summary>
    /// <exception cref="System.Net.WebSockets.WebSocketException">The connection was lost, or its framing is broken.</exception>
    Task ReadAsync();

    /// <summary>Tells the peer to go elsewhere, where it has a way to hear that.</summary>
    ValueTask GoAwayAsync(string reason, TimeSpan grace);
}
