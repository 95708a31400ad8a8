using System.Text.RegularExpressions;
using Reassembly.Interop.Tests.Clients.Libraries;
using Reassembly.Interop.Tests.Hosting;

namespace Reassembly.Interop.Tests.Clients;

/// <summary>The clients' own tests, in their own languages, against the server that was built here; beside the other tests, as they mostly wait.</summary>
public sealed partial class OwnTests
{
    /// <summary>A minute each, alone on a quick machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(9);

    private static readonly Dictionary<string, string> Environment = new()
    {
        ["REASSEMBLY_SERVER"] = Path.ChangeExtension(ServerProcess.Program, null),
    };

    [LibraryFact("websockets")]
    public Task Python() => RunAsync("python", PythonCount(), Toolchain.Python, "-m", "unittest", "discover", "-s", "tests", "-t", ".");

    [LibraryFact("ws-8.16.0")]
    public Task JavaScript() => RunAsync("js", NodeCount(), "npm", "test", "--silent");

    [LibraryFact("gorilla")]
    public Task Go() => RunAsync("go", GoCount(), SourceTree.At("src", "clients", "go", "check"), "-v");

    [LibraryFact("jdk")]
    public async Task Java()
    {
        // Its build is one of the libraries' own.
        await ClientLibraries.All.Single(static library => library.Id == "jdk").StartAsync();
        await RunAsync("java", JavaCount(), SourceTree.At("src", "clients", "java", "test"));
    }

    private static async Task RunAsync(string language, Regex count, string program, params string[] arguments)
    {
        var (code, output, error) = await ForeignProcess.RunAsync(program, arguments, SourceTree.At("src", "clients", language), Environment, Patience);
        var told = string.Join('\n', output.Concat(error));
        Assert.True(code == 0, told);
        Assert.True(count.IsMatch(told), $"no test ran: {told}");
    }

    [GeneratedRegex(@"^Ran [1-9]\d* tests?", RegexOptions.Multiline)]
    private static partial Regex PythonCount();

    [GeneratedRegex(@"^# pass [1-9]|^ℹ pass [1-9]", RegexOptions.Multiline)]
    private static partial Regex NodeCount();

    [GeneratedRegex(@"^--- PASS: ", RegexOptions.Multiline)]
    private static partial Regex GoCount();

    [GeneratedRegex(@"^[1-9]\d* tests, 0 failed, 0 ignored", RegexOptions.Multiline)]
    private static partial Regex JavaCount();
}
