using System.Text.Json.Nodes;

namespace Reassembly.Benchmarks.Peers.SignalR;

/// <summary>The hub, with MessagePack and messages of up to 64 KiB.</summary>
internal static class HubServer
{
    public const string Path = "/upload";

    public const int MessageBytes = 64 * 1024;

    public static async Task RunAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.Services.AddSingleton<ReceivedBytes>();
        builder.Services.AddSignalR(options => options.MaximumReceiveMessageSize = MessageBytes).AddMessagePackProtocol();
        await using var app = builder.Build();
        app.MapHub<UploadHub>(Path);
        await app.StartAsync();
        Console.WriteLine("Listening:");
        var received = app.Services.GetRequiredService<ReceivedBytes>();
        await CommandLoop.RunAsync(new Dictionary<string, Func<Task<JsonObject>>>
        {
            ["hash"] = () => Task.FromResult(new JsonObject { ["sha256"] = received.Digest() }),
            ["clear"] = () =>
            {
                received.StopHashing();
                GC.Collect();
                return Task.FromResult(new JsonObject());
            },
        });
    }
}
