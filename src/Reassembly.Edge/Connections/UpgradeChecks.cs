using Microsoft.AspNetCore.Http;
using Reassembly.Edge.Http;

namespace Reassembly.Edge.Connections;

/// <summary>What any upgrade needs, whatever is spoken afterwards.</summary>
internal static class UpgradeChecks
{
    /// <summary>Answers a request that cannot be upgraded.</summary>
    /// <returns>True when it was answered.</returns>
    public static async Task<bool> RefuseAsync(HttpContext context, EdgeNode node)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.Connection = "Upgrade";
            await Problem.WriteAsync(context, StatusCodes.Status426UpgradeRequired, "this address speaks WebSocket: send an upgrade request");
            return true;
        }

        if (node.Connections.IsStopping)
        {
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "this node is stopping: connect elsewhere");
            return true;
        }

        return false;
    }
}
