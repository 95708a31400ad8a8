using System.Text.Json;
using System.Xml.Linq;
using Reassembly.Testing;

namespace Reassembly.Docs.Tests;

/// <summary>What can be built where Orleans cannot be restored is everything that does not need it, and nothing less.</summary>
public sealed class SolutionTests
{
    [Fact]
    public void The_standalone_solution_has_every_project_that_needs_no_Orleans()
    {
        using var filter = JsonDocument.Parse(File.ReadAllText(SourceTree.At("tests", "Standalone.slnf")));
        var listed = filter.RootElement.GetProperty("solution").GetProperty("projects").EnumerateArray().Select(project => Local(project.GetString()!));
        var standalone = ProjectsOf("src").Concat(ProjectsOf("tests")).Where(project => !NeedsOrleans(project)).Select(project => Path.GetRelativePath(SourceTree.Root, project));
        Assert.Equal(standalone.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_solution_has_every_project()
    {
        var solution = File.ReadAllText(SourceTree.At("Cluster.sln"));
        Assert.All(ProjectsOf("src").Concat(ProjectsOf("tests")), project =>
            Assert.Contains(Path.GetRelativePath(SourceTree.Root, project).Replace('/', '\\'), solution, StringComparison.Ordinal));
    }

    private static IEnumerable<string> ProjectsOf(string folder)
        => Directory.EnumerateDirectories(SourceTree.At(folder)).SelectMany(project => Directory.EnumerateFiles(project, "*.csproj"));

    private static bool NeedsOrleans(string project)
    {
        var document = XDocument.Load(project);
        return References(document, "PackageReference").Any(package => package.StartsWith("Microsoft.Orleans.", StringComparison.Ordinal))
            || References(document, "ProjectReference").Any(reference => NeedsOrleans(Path.GetFullPath(Local(reference), Path.GetDirectoryName(project)!)));
    }

    private static IEnumerable<string> References(XDocument project, string kind) => project.Descendants(kind).Select(reference => reference.Attribute("Include")!.Value);

    private static string Local(string path) => path.Replace('\\', Path.DirectorySeparatorChar);
}
