namespace Reassembly.Docs.Tests;

/// <summary>The tree that these tests were built from.</summary>
internal static class SourceTree
{
    public static readonly string Root = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Cluster.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
