using Reassembly.Testing;

namespace Reassembly.Docs.Tests;

/// <summary>The lines that a client's README shows for its library alone are those that the interop tests run.</summary>
public sealed class ClientReadmeTests
{
    private static readonly string Clients = SourceTree.At("src", "clients");

    public static TheoryData<string> Languages => [.. Directory.EnumerateDirectories(Clients).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_plain_sender_is_shown_as_it_is(string language)
    {
        var readme = File.ReadAllText(Path.Combine(Clients, language, "README.md"));
        var files = Directory.EnumerateFiles(Path.Combine(Clients, language, "plain"), "*.*", SearchOption.TopDirectoryOnly).Where(static file => !IsPackageComment(file)).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Contains($"\n{File.ReadAllText(file)}```\n", readme, StringComparison.Ordinal));
    }

    // Go wants the comment of a package in one of its files.
    private static bool IsPackageComment(string file) => Path.GetFileName(file) == "doc.go";
}
