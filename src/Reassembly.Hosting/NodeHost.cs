using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration.Memory;
using Reassembly.Edge;

namespace Reassembly.Hosting;

/// <summary>Runs a node from its command line to its exit code.</summary>
public static class NodeHost
{
    // Settings are read once. Whoever watches their file watches the folder that it lies in, with all below it: there a store may make thousands of files a second.
    private const string ReadSettingsOnce = "--hostBuilder:reloadConfigOnChange=false";

    private static readonly Dictionary<string, Type> NoSections = [];

    /// <summary>Runs until the node is asked to stop.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="compose">Adds Reassembly and what this host is made of.</param>
    /// <param name="ownSections">Sections of settings that this host alone knows, and the types of their options.</param>
    /// <param name="map">Maps the endpoints; all of them, with the WebSocket at <c>/ws</c>, where it is not given.</param>
    /// <returns>0 after a stop, 1 when something stopped the start: it is on standard error, in one sentence.</returns>
    public static async Task<int> RunAsync(
        string[] args, Action<WebApplicationBuilder> compose, IReadOnlyDictionary<string, Type>? ownSections = null, Action<WebApplication>? map = null)
    {
        ArgumentNullException.ThrowIfNull(compose);
        try
        {
            var builder = WebApplication.CreateBuilder([ReadSettingsOnce, .. args]);

            // Below every other source: the folder that the node runs in need not have a settings file.
            builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = [new("Logging:LogLevel:Microsoft.AspNetCore", "Warning")] });
            UnknownSettings.Check(builder.Configuration, ownSections ?? NoSections);
            builder.WebHost.UseUrls(builder.Configuration["urls"] ?? "http://localhost:8080");
            builder.Logging.AddFilter(StartFault.HostCategory, StartFault.ShowsHostFaults);
            builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
            builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ReceiveBlocks>();
            compose(builder);

            var app = builder.Build();
            await using var _ = app.ConfigureAwait(false);
            (map ?? (static app => app.MapReassembly("/ws")))(app);
            await app.StartAsync().ConfigureAwait(false);
            StartFault.HasStarted = true;
            Greeting.Print(app);
            await app.WaitForShutdownAsync().ConfigureAwait(false);
            return 0;
        }
        catch (Exception fault) when (!StartFault.HasStarted)
        {
            // What stops the start is a setting, a folder or a port: a sentence helps, a stack trace does not.
            await Console.Error.WriteLineAsync(StartFault.Sentence(fault)).ConfigureAwait(false);
            return 1;
        }
    }
}
