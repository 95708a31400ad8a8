using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Reassembly.Interop.Tests.Hosting;

/// <summary>A folder over HTTP, for the pages of a browser.</summary>
internal sealed class StaticFiles : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StaticFiles(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<StaticFiles> StartAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var types = new FileExtensionContentTypeProvider { Mappings = { [".mjs"] = "text/javascript" } };
        app.Urls.Add("http://127.0.0.1:0");
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder), ContentTypeProvider = types });
        await app.StartAsync();
        return new StaticFiles(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
