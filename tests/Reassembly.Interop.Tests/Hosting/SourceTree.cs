using System.Reflection;

namespace Reassembly.Interop.Tests.Hosting;

/// <summary>Where the programs in other languages lie.</summary>
internal static class SourceTree
{
    public static readonly string Root = Path.GetFullPath(typeof(SourceTree).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "SourceRoot").Value!);

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);
}
