using System.Collections.Concurrent;
using Reassembly.Interop.Tests.Clients.Libraries;
using Reassembly.Interop.Tests.Clients.Results;

namespace Reassembly.Interop.Tests.Clients;

/// <summary>What the tests of clients share. At its end what ran is written to the README, where all of it did.</summary>
public sealed class ClientsFixture : IAsyncLifetime
{
    public const string Name = "clients";

    /// <summary>The largest frame that the server takes, in bytes.</summary>
    public const int FrameBytes = 65_536;

    private const int LargeBytes = 64 << 20;
    private const int TextBytes = 8 << 20;

    private readonly ConcurrentDictionary<string, Lazy<Task<IClientLibrary>>> _libraries = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-interop-");

    internal ServerProcess Server { get; private set; } = null!;

    /// <summary>64 MiB.</summary>
    internal PayloadFile Large { get; private set; } = null!;

    /// <summary>8 MiB of text.</summary>
    internal PayloadFile Text { get; private set; } = null!;

    internal ResultTable Results { get; } = new();

    public async Task InitializeAsync()
    {
        // Nobody takes the payloads but who asks for them: the disk holds each once.
        Server = await ServerProcess.StartNewAsync("--Reassembly:Delivery:Directory=", $"--Reassembly:Limits:FrameBytes={FrameBytes}");
        Large = PayloadFile.Random(_folder.FullName, LargeBytes, 1);
        Text = PayloadFile.Text(_folder.FullName, TextBytes, 2);
    }

    public async Task DisposeAsync()
    {
        foreach (var library in _libraries.Values.Where(static library => library.Value.IsCompletedSuccessfully))
        {
            await (await library.Value).DisposeAsync();
        }

        await Server.DisposeAsync();
        _folder.Delete(recursive: true);
        if (Results.IsComplete)
        {
            Results.WriteTo(SourceTree.At("README.md"));
        }
    }

    /// <summary>Makes a library ready.</summary>
    internal Task<IClientLibrary> StartAsync(string id)
        => _libraries.GetOrAdd(id, static id => new Lazy<Task<IClientLibrary>>(() => ClientLibraries.All.Single(library => library.Id == id).StartAsync())).Value;

    /// <summary>A channel of a test's own.</summary>
    internal static string NewChannel() => $"interop-{Guid.NewGuid():n}";
}
