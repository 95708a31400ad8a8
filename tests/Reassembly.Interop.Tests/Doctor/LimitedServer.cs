using System.Globalization;
using Reassembly.Interop.Tests.Hosting;

namespace Reassembly.Interop.Tests.Doctor;

/// <summary>A real server of a library, with its limit set. It dies with the test.</summary>
internal sealed class LimitedServer : IAsyncDisposable
{
    public const int Limit = 65_536;

    // Built once for all tests, beside them.
    private static readonly Lazy<Task<string>> Gorilla = new(BuildGorillaAsync);
    private static readonly Lazy<Task<string>> Tomcat = new(BuildTomcatAsync);

    private readonly ForeignProcess _process;
    private readonly DirectoryInfo _folder;

    private LimitedServer(ForeignProcess process, DirectoryInfo folder, int port)
    {
        _process = process;
        _folder = folder;
        Url = new Uri($"ws://127.0.0.1:{port}/");
    }

    public Uri Url { get; }

    /// <summary>The library and its version, as it says itself.</summary>
    public string Version => _process.Greeting;

    /// <summary>What it wrote to its error output, all of it.</summary>
    public IEnumerable<string> Log => _process.Error;

    public static async Task<LimitedServer> StartAsync(string library, bool echo = true)
    {
        var folder = Directory.CreateTempSubdirectory("reassembly-interop-");
        var port = LoopbackPort.Next();
        string[] arguments = [port.ToString(CultureInfo.InvariantCulture), Limit.ToString(CultureInfo.InvariantCulture), echo ? "echo" : "discard"];
        try
        {
            var process = library switch
            {
                "ws-8.12.0" or "ws-8.16.0" => await ForeignProcess.StartAsync("node", [Source("ws", "server.mjs"), library["ws-".Length..], .. arguments], folder.FullName),
                "websockets" or "tornado" => await ForeignProcess.StartAsync(Toolchain.Python, [Source(library, "server.py"), .. arguments], folder.FullName),
                "gorilla" => await ForeignProcess.StartAsync(await Gorilla.Value, arguments, folder.FullName),
                "tomcat" => await ForeignProcess.StartAsync("java", ["-cp", $"{await Tomcat.Value}{Path.PathSeparator}{TomcatJars}", "Server", .. arguments], folder.FullName),
                _ => throw new ArgumentOutOfRangeException(nameof(library)),
            };
            return new LimitedServer(process, folder, port);
        }
        catch
        {
            folder.Delete(recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string TomcatJars => Toolchain.ClassPath("tomcat10-embed-core", "tomcat10-embed-websocket", "tomcat10-annotations-api");

    private static string Source(string library, string file) => SourceTree.At("tests", "Reassembly.Interop.Tests", "Doctor", "servers", library, file);

    private static async Task<string> BuildGorillaAsync()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "servers", "gorilla");
        var environment = new Dictionary<string, string> { ["GO111MODULE"] = "off", ["GOPATH"] = Toolchain.GoPath, ["GOFLAGS"] = string.Empty };
        await ForeignProcess.BuildAsync("go", ["build", "-o", program, Source("gorilla", "server.go")], environment);
        return program;
    }

    private static async Task<string> BuildTomcatAsync()
    {
        var classes = Path.Combine(AppContext.BaseDirectory, "servers", "tomcat");
        await ForeignProcess.BuildAsync("javac", ["-d", classes, "-cp", TomcatJars, Source("tomcat", "Server.java")]);
        return classes;
    }
}
