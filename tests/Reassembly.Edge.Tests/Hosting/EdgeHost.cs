using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Core.Routing;

namespace Reassembly.Edge.Tests.Hosting;

/// <summary>The edge on a real socket, with the store in memory and the real router, or one that a test controls.</summary>
internal sealed class EdgeHost : IAsyncDisposable
{
    private EdgeHost(WebApplication app) => App = app;

    public WebApplication App { get; }

    public Uri Http => new(App.Urls.First());

    public int Port => Http.Port;

    public static async Task<EdgeHost> StartAsync(
        IReadOnlyDictionary<string, string?>? settings = null,
        IMessageRouter? router = null,
        TimeProvider? time = null,
        string pattern = "/ws",
        Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Critical));
        builder.Configuration.AddInMemoryCollection(settings);
        if (router is not null)
        {
            builder.Services.AddSingleton(router);
        }

        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        configure?.Invoke(builder);
        builder.Services.AddReassembly().UseMemoryStorage();
        var app = builder.Build();
        app.UseRouting();
        app.MapReassembly(pattern);
        await app.StartAsync();
        return new EdgeHost(app);
    }

    public Uri Address(string path) => new($"ws://127.0.0.1:{Port}{path}");

    public HttpClient Client() => new() { BaseAddress = Http };

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
