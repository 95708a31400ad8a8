using Reassembly.Protocol.Control;

namespace Reassembly.Client.Connections;

/// <summary>
/// Takes what a connection's reader reads, in order, on that reader: it waits for each call. A
/// <see cref="ServerViolationException"/> from here ends the connection.
/// </summary>
internal interface IConnectionListener
{
    /// <summary>A control message. Must not block.</summary>
    void OnMessage(ClientConnection connection, ServerMessage message);

    /// <summary>A binary frame. The socket is not read until the task ends: so a slow taker slows its server.</summary>
    /// <param name="connection">Where it came from.</param>
    /// <param name="frame">The frame; the connection's again when the task ends.</param>
    /// <param name="cancellationToken">The connection has ended.</param>
    ValueTask OnFrameAsync(ClientConnection connection, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken);

    /// <summary>The connection, which was greeted, is gone: the last call.</summary>
    void OnEnded(ClientConnection connection);
}
