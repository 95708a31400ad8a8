using Microsoft.AspNetCore.Http;

namespace Reassembly.Edge.Http;

/// <summary>A refused request: one sentence that a person can act on.</summary>
internal static class Problem
{
    public static Task WriteAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ProblemBody(message), EdgeJson.Default.ProblemBody, cancellationToken: context.RequestAborted);
    }
}

internal sealed record ProblemBody(string Message);
