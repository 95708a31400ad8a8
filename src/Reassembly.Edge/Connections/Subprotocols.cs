using Microsoft.AspNetCore.Http;
using Reassembly.Protocol;

namespace Reassembly.Edge.Connections;

/// <summary>Which subprotocol a connection speaks (protocol section 1).</summary>
internal static class Subprotocols
{
    /// <summary>Picks from what the client offers.</summary>
    /// <param name="offered">In the client's order; empty where it offers none.</param>
    /// <param name="echo">What the upgrade response names; null where the client offered nothing.</param>
    /// <returns>False when everything offered is unknown.</returns>
    public static bool TryPick(IList<string> offered, out string? echo)
    {
        echo = offered.Contains(WireProtocol.Subprotocol) ? WireProtocol.Subprotocol : null;
        return echo is not null || offered.Count == 0;
    }

    /// <summary>Refuses the upgrade with the list of known ones.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return context.Response.WriteAsJsonAsync(
            new SubprotocolRefusal($"none of the subprotocols offered is known here; offer {WireProtocol.Subprotocol}", [WireProtocol.Subprotocol]),
            EdgeJson.Default.SubprotocolRefusal,
            cancellationToken: context.RequestAborted);
    }
}

/// <summary>The body of a refused upgrade.</summary>
internal sealed record SubprotocolRefusal(string Message, IReadOnlyList<string> Subprotocols);
