using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Edge;

namespace Reassembly.Deploy.Tests.Code;

/// <summary>The edge, running in this process, to be asked which paths it answers.</summary>
internal static class EdgeRoutes
{
    private static readonly Dictionary<string, HttpStatusCode> Known = [];
    private static readonly Lazy<Task<HttpClient>> Client = new(StartAsync);
    private static readonly SemaphoreSlim Gate = new(1, 1);

    /// <summary>Whether a GET of the path is answered with success.</summary>
    public static async Task<bool> AnswersAsync(string path)
    {
        await Gate.WaitAsync();
        try
        {
            if (!Known.TryGetValue(path, out var status))
            {
                using var response = await (await Client.Value).GetAsync(new Uri(path, UriKind.Relative));
                Known[path] = status = response.StatusCode;
            }

            return status == HttpStatusCode.OK;
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task<HttpClient> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddReassembly().UseMemoryStorage();
        var app = builder.Build();
        app.MapReassembly("/ws");
        await app.StartAsync();
        return new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }
}
