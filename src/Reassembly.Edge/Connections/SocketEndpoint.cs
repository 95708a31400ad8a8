using Microsoft.AspNetCore.Http;
using Reassembly.Edge.Lanes;
using Reassembly.Edge.Subscriptions;
using Reassembly.Edge.Transport;

namespace Reassembly.Edge.Connections;

/// <summary>The WebSocket endpoint: refuses what it cannot serve, upgrades the rest and runs the connection.</summary>
internal sealed class SocketEndpoint(EdgeNode node)
{
    public async Task HandleAsync(HttpContext context)
    {
        if (await UpgradeChecks.RefuseAsync(context, node))
        {
            return;
        }

        if (!Subprotocols.TryPick(context.WebSockets.WebSocketRequestedProtocols, out var subprotocol))
        {
            await Subprotocols.RefuseAsync(context);
            return;
        }

        var socket = await SocketUpgrade.AcceptAsync(context, node.Options, subprotocol);
        var stream = context.Features.Get<ObservedTransport>()!.Stream!;
        using var connection = new EdgeConnection(node, socket, stream, node.Options.ConnectionBufferBytes);
        var lanes = new LaneTable(node.Router, _ => new SocketAnswers(connection.Outbound), node.Log, connection.Ended);
        using var subscriptions = new ConnectionSubscriptions(node, connection);
        await connection.RunAsync(new ProtocolReader(node, connection, lanes, subscriptions), lanes);
    }
}
