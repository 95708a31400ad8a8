using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Reassembly.Core.Storage;
using Reassembly.Edge;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Testing;

namespace Reassembly.Cluster.Tests.Lying;

/// <summary>A node in this process whose store lies.</summary>
internal sealed class LyingNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private LyingNode(WebApplication app, DirectoryInfo folder)
    {
        _app = app;
        _folder = folder;
    }

    public Uri Http => new(_app.Urls.First());

    public string DeliveryFolder => _folder.FullName;

    public static async Task<LyingNode> StartAsync(string name, SharedMemoryStore shared, Lie lie, bool isLast, IReadOnlyDictionary<string, string> settings)
    {
        var folder = Directory.CreateTempSubdirectory("reassembly-lying-");
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Critical));
        builder.Configuration.AddInMemoryCollection(settings!);
        builder.Configuration.AddInMemoryCollection([new("Reassembly:Edge:Node", name), new("Reassembly:Delivery:Directory", folder.FullName)]);
        var store = new LyingStore(shared, lie, isLast);
        builder.Services.AddSingleton<IMessageStore>(store);
        builder.Services.AddSingleton<IMessageCatalogue>(store);
        builder.Services.AddSingleton<IDeliveryLedger>(store);
        builder.Services.AddReassembly().AddDirectoryDelivery(builder.Configuration);
        var app = builder.Build();
        app.UseRouting();
        app.MapReassembly("/ws");
        await app.StartAsync();
        return new LyingNode(app, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
