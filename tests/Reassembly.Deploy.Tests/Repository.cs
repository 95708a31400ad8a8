using Reassembly.Testing;

namespace Reassembly.Deploy.Tests;

/// <summary>The tree that is checked: the files themselves, not copies of them.</summary>
internal static class Repository
{
    public static string Deploy { get; } = SourceTree.At("deploy");

    public static string Kubernetes { get; } = Path.Combine(Deploy, "kubernetes");

    /// <summary>Names of the overlays, such as <c>cluster</c>.</summary>
    public static IReadOnlyList<string> Overlays { get; } =
        [.. Directory.GetDirectories(Path.Combine(Kubernetes, "overlays")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public static string Overlay(string name) => Path.Combine(Kubernetes, "overlays", name);

    /// <summary>Every file of the sources with such an ending, builds left out.</summary>
    public static IEnumerable<string> Sources(string ending) => Directory
        .EnumerateFiles(SourceTree.At("src"), "*" + ending, SearchOption.AllDirectories)
        .Where(path => !Path.GetRelativePath(SourceTree.Root, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"));
}
