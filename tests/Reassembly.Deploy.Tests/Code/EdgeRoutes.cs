using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Edge;

namespace Reassembly.Deploy.Tests.Code;

/// <summary>The edge, and a silo that is none, running in this process, to be asked which paths they answer.</summary>
internal static class EdgeRoutes
{
    private static readonly Dictionary<(string Path, bool IsEdge), HttpStatusCode> Known = [];
    private static readonly Lazy<Task<HttpClient>> Edge = new(() => StartAsync(app => app.MapReassembly("/ws")));
    private static readonly Lazy<Task<HttpClient>> Silo = new(() => StartAsync(app => app.MapReassemblyHealth()));
    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>Whether a GET of the path is answered with success.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isEdge">Whether an edge is asked, or a silo that serves no senders.</param>
    public static async Task<bool> AnswersAsync(string path, bool isEdge = true)
    {
        await Gate.WaitAsync();
        try
        {
            if (!Known.TryGetValue((path, isEdge), out var status))
            {
                using var response = await (await (isEdge ? Edge : Silo).Value).GetAsync(new Uri(path, UriKind.Relative));
                Known[(path, isEdge)] = status = response.StatusCode;
            }

            return status == HttpStatusCode.OK;
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task<HttpClient> StartAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddReassembly().UseMemoryStorage();
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }
}
