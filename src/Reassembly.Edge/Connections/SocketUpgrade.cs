using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Reassembly.Edge.Settings;
using Reassembly.Edge.Transport;

namespace Reassembly.Edge.Connections;

/// <summary>Makes a WebSocket of a request, on the terms that are set.</summary>
internal static class SocketUpgrade
{
    /// <summary>
    /// Compression is named dangerous by the framework for what is sent: compressed secrets can be guessed by their length. Here only
    /// what a client sends is compressed, and it knows that already.
    /// </summary>
    public static async Task<WebSocket> AcceptAsync(HttpContext context, EdgeOptions options, string? subprotocol = null)
    {
        var terms = new WebSocketAcceptContext
        {
            SubProtocol = subprotocol,
            DangerousEnableCompression = options.Deflate,
            DisableServerContextTakeover = options.Deflate,
        };
        var socket = await context.WebSockets.AcceptWebSocketAsync(terms);
        context.Features.Get<ObservedTransport>()!.Stream!.Observer.MayBeCompressed =
            context.Response.Headers.SecWebSocketExtensions.ToString().StartsWith("permessage-deflate", StringComparison.Ordinal);
        return socket;
    }
}
