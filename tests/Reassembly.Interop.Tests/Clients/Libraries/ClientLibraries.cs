using Reassembly.Interop.Tests.Hosting;

namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>Every library that is tried, and how its programs are built and started.</summary>
internal static class ClientLibraries
{
    private static readonly Lazy<Task> Go = new(() => BuildAsync("go"));
    private static readonly Lazy<Task> Java = new(() => BuildAsync("java"));

    public static IReadOnlyList<ClientLibrary> All { get; } =
    [
        new("ws-8.12.0", "js", "node interop/ws-8.12.mjs", () => Driver("node", Program("js", "ws-8.12.mjs"))),
        new("ws-8.16.0", "js", "node interop/ws-8.16.mjs", () => Driver("node", Program("js", "ws-8.16.mjs"))),
        new("chromium", "js", "interop/browser.html", ChromiumLibrary.StartAsync),
        new("websockets", "python", "interop/drive-websockets", () => Driver(Toolchain.Python, Program("python", "drive-websockets"))),
        new("tornado", "python", "interop/drive-tornado", () => Driver(Toolchain.Python, Program("python", "drive-tornado"))),
        new("gorilla", "go", "out/gorilla", () => BuiltAsync(Go, SourceTree.At("src", "clients", "go", "out", "gorilla"))),
        new("tomcat", "java", "interop/tomcat", () => BuiltAsync(Java, Program("java", "tomcat"))),
        new("jdk", "java", "interop/jdk", () => BuiltAsync(Java, Program("java", "jdk"))),
    ];

    private static Task<IClientLibrary> Driver(params string[] command) => Task.FromResult<IClientLibrary>(new DriverLibrary(command));

    private static async Task<IClientLibrary> BuiltAsync(Lazy<Task> build, string program)
    {
        await build.Value;
        return new DriverLibrary(program);
    }

    private static string Program(string language, string name) => SourceTree.At("src", "clients", language, "interop", name);

    private static Task BuildAsync(string language) => ForeignProcess.BuildAsync(SourceTree.At("src", "clients", language, "build"), []);
}
