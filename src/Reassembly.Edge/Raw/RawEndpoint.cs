using Microsoft.AspNetCore.Http;
using Reassembly.Edge.Connections;
using Reassembly.Edge.Http;
using Reassembly.Edge.Lanes;
using Reassembly.Edge.Transport;

namespace Reassembly.Edge.Raw;

/// <summary><c>/raw</c>: a plain WebSocket for unmodified clients (protocol section 7).</summary>
internal sealed class RawEndpoint(EdgeNode node)
{
    public async Task HandleAsync(HttpContext context)
    {
        if (await UpgradeChecks.RefuseAsync(context, node))
        {
            return;
        }

        if (!RawTarget.TryRead(context.Request.Query, out var target, out var fault))
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, fault);
            return;
        }

        var socket = await SocketUpgrade.AcceptAsync(context, node.Options);
        var stream = context.Features.Get<ObservedTransport>()!.Stream!;

        // A raw client knows nothing of credit: its window is kept here.
        using var connection = new EdgeConnection(node, socket, stream, Math.Min(node.Options.ConnectionBufferBytes, node.Limits.WindowBytes));
        var answers = new RawAnswers();
        var lanes = new LaneTable(node.Router, answers.Of, node.Log, connection.Ended);
        await connection.RunAsync(new RawReader(node, connection, lanes, answers, target), lanes);
    }
}
