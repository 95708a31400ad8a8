using Microsoft.AspNetCore.Builder;
using Reassembly.Core;
using Reassembly.Edge;
using Reassembly.Storage.Disk;

namespace Reassembly.Docs.Tests.Snippets;

internal static class Embed
{
    public static WebApplication Build(string[] args)
    {
        // <shown>
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddReassembly()
            .UseDiskStorage()
            .AddPayloadHandler(async (payload, cancellationToken) =>
            {
                await using var body = payload.OpenRead();
                await using var file = File.Create($"/srv/inbox/{payload.Id}");
                await body.CopyToAsync(file, cancellationToken);
            });

        var app = builder.Build();
        app.MapReassembly("/ws");
        // </shown>
        return app;
    }
}
