using System.Collections.Concurrent;
using System.Diagnostics;

namespace Reassembly.Interop.Tests.Hosting;

/// <summary>What of other languages is installed here. <c>tests/run --interop</c> installs it on Debian.</summary>
internal static class Toolchain
{
    public const string GoPath = "/usr/share/gocode";

    private const string JavaFolder = "/usr/share/java";

    private static readonly ConcurrentDictionary<string, string?> Answers = new();

    private static readonly Lazy<string?> FoundPython = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(python => Runs(python, "-c", "import websockets, tornado")));

    /// <summary>The Python that has the libraries: Debian's, wherever another one comes first.</summary>
    public static string Python => FoundPython.Value ?? "python3";

    /// <summary>Jars of Debian's embedded Tomcat, by their names without <c>.jar</c>.</summary>
    public static string ClassPath(params string[] jars) => string.Join(Path.PathSeparator, jars.Select(jar => Path.Combine(JavaFolder, $"{jar}.jar")));

    /// <summary>Debian's Chromium.</summary>
    public static string Chromium => "/usr/bin/chromium";

    /// <returns>Why a library cannot be had here; <see langword="null"/> where it can.</returns>
    public static string? Missing(string library) => Answers.GetOrAdd(library, Ask);

    // Each question starts programs, and every test of a library asks.
    private static string? Ask(string library) => library switch
    {
        "ws-8.12.0" or "ws-8.16.0" => MissingModule(SourceTree.At("tests", "Reassembly.Interop.Tests", "Doctor", "servers", "ws"), library)
            ?? MissingModule(SourceTree.At("src", "clients", "js", "interop"), library[..^".0".Length]),
        "websockets" or "tornado" => FoundPython.Value is null ? "python3 with websockets and tornado is not installed" : null,
        "gorilla" => !Runs("go", "version") ? "go is not installed"
            : !Directory.Exists(Path.Combine(GoPath, "src/github.com/gorilla/websocket")) ? "golang-github-gorilla-websocket-dev is not installed"
            : null,
        "tomcat" => Missing("jdk") ?? (File.Exists(ClassPath("tomcat10-embed-websocket")) ? null : "libtomcat10-embed-java is not installed"),
        "jdk" => !Runs("javac", "-version") ? "a JDK is not installed"
            : !File.Exists(ClassPath("jackson-databind")) ? "libjackson2-databind-java is not installed"
            : null,
        "chromium" => File.Exists(Chromium) ? null : "chromium is not installed",
        _ => throw new ArgumentOutOfRangeException(nameof(library), library, "unknown"),
    };

    private static string? MissingModule(string folder, string module)
        => !Runs("node", "--version") ? "node is not installed"
            : !Directory.Exists(Path.Combine(folder, "node_modules", module)) ? $"{module} is not installed (npm ci)"
            : null;

    private static bool Runs(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
