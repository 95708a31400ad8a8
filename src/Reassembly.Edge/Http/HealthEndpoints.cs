using Microsoft.AspNetCore.Http;
using Reassembly.Core.Storage;

namespace Reassembly.Edge.Http;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it may be sent connections.</summary>
internal sealed class HealthEndpoints(EdgeNode node, IStoreHealth? store = null)
{
    public static Task LiveAsync(HttpContext context) => WriteAsync(context, "live", null);

    public Task ReadyAsync(HttpContext context)
    {
        var reason = node.Connections.IsStopping ? "this node is stopping" : store?.Fault;
        return WriteAsync(context, reason is null ? "ready" : "not ready", reason);
    }

    private static Task WriteAsync(HttpContext context, string status, string? reason)
    {
        context.Response.StatusCode = reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(new HealthBody(status, reason), EdgeJson.Default.HealthBody, cancellationToken: context.RequestAborted);
    }
}

internal sealed record HealthBody(string Status, string? Reason);
