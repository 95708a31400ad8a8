using Microsoft.Extensions.Configuration.Memory;
using Reassembly.Edge;
using Reassembly.Server;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Delivery;

try
{
    var builder = WebApplication.CreateBuilder(args);

    // Below every other source: the folder that the server runs in need not have a settings file.
    builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", "Warning")] });
    UnknownSettings.Check(builder.Configuration);
    builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://localhost:8080");
    builder.Logging.AddFilter(StartFault.HostCategory, StartFault.ShowsHostFaults);
    builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
    builder.Services.AddReassembly().UseDiskStorage().AddDirectoryDelivery(builder.Configuration);

    await using var app = builder.Build();
    app.MapReassembly("/ws");
    await app.StartAsync();
    StartFault.HasStarted = true;
    Greeting.Print(app);
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception fault) when (!StartFault.HasStarted)
{
    // What stops the start is a setting, a folder or a port: a sentence helps, a stack trace does not.
    await Console.Error.WriteLineAsync(StartFault.Sentence(fault));
    return 1;
}
