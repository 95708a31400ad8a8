using Reassembly.Protocol.Control;

namespace Reassembly.Client.Connections;

/// <summary>Takes what a connection's reader reads, in order. Must not block: the reader waits for it.</summary>
internal interface IConnectionListener
{
    void OnMessage(ClientConnection connection, ServerMessage message);
}
