using System.Reflection;

namespace Reassembly.Testing;

/// <summary>The tree that the tests were built from: its files themselves, not copies of them.</summary>
public static class SourceTree
{
    public static string Root { get; } = Path.GetFullPath(typeof(SourceTree).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "SourceRoot").Value!);

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);
}
