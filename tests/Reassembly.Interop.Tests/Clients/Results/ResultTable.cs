using System.Collections.Concurrent;
using System.Text;
using Reassembly.Interop.Tests.Clients.Libraries;

namespace Reassembly.Interop.Tests.Clients.Results;

/// <summary>What came out, library by library; the table of the README.</summary>
internal sealed class ResultTable
{
    private const string Begin = "<!-- interop: written by tests/run --interop -->";
    private const string End = "<!-- /interop -->";

    private static readonly Dictionary<Check, string> Columns = new()
    {
        [Check.Cut] = "64 MiB, connection cut midway",
        [Check.Narrow] = "64 MiB past a proxy that refuses frames above 32 KiB",
        [Check.Received] = "receives",
        [Check.Refused] = "what it sees of 1009",
        [Check.Raw] = "alone: 64 MiB to `/raw`",
        [Check.Json] = "alone: 64 MiB as JSON chunks",
        [Check.Deflate] = "permessage-deflate",
        [Check.Encodings] = "compresses",
    };

    private readonly ConcurrentDictionary<string, LibraryVersion> _versions = new();
    private readonly ConcurrentDictionary<(string Library, Check Check), string> _results = new();

    /// <summary>Whether everything was tried with every library, and went well.</summary>
    public bool IsComplete => ClientLibraries.All.All(library => _versions.ContainsKey(library.Id) && Columns.Keys.All(check => _results.ContainsKey((library.Id, check))));

    public void Set(string library, LibraryVersion version) => _versions[library] = version;

    /// <summary>A test that passed says what it saw.</summary>
    public void Set(string library, Check check, string result) => _results[(library, check)] = result;

    /// <summary>Puts the table between the two marks of a file.</summary>
    public void WriteTo(string path)
    {
        var text = File.ReadAllText(path);
        var from = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var to = text.IndexOf(End, StringComparison.Ordinal);
        var written = $"{text[..from]}\n{Rows()}{text[to..]}";
        if (written != text)
        {
            File.WriteAllText(path, written);
        }
    }

    private string Rows()
    {
        var rows = new StringBuilder();
        AppendRow(rows, ["library", "on", "command", .. Columns.Values]);
        AppendRow(rows, Enumerable.Repeat("---", Columns.Count + 3));
        foreach (var library in ClientLibraries.All)
        {
            var version = _versions[library.Id];
            AppendRow(rows, [version.Library, version.Runtime, $"[`{library.Command}`](src/clients/{library.Language}/README.md)", .. Columns.Keys.Select(check => _results[(library.Id, check)])]);
        }

        return rows.ToString();
    }

    private static void AppendRow(StringBuilder rows, IEnumerable<string> cells) => rows.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
