using System.Reflection;
using Reassembly.Testing.Postgres;

namespace Reassembly.Testing.Cluster;

/// <summary>Where the built programs lie: beside the tests, or published in the folder that <c>REASSEMBLY_NODES</c> names, as they are deployed.</summary>
public static class NodePrograms
{
    private static readonly string SiloPath = typeof(NodePrograms).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "SiloPath").Value!;

    public static string PathOf(NodeKind kind)
    {
        var built = kind == NodeKind.Server ? ServerProcess.Program : SiloPath;
        return Environment.GetEnvironmentVariable("REASSEMBLY_NODES") is { Length: > 0 } folder ? Path.Combine(folder, Path.GetFileName(built)) : built;
    }

    /// <summary>Why nodes of a kind cannot run here, as one sentence; null where they can.</summary>
    public static string? Missing(NodeKind kind) => PostgresServer.MissingBinaries ?? (File.Exists(PathOf(kind))
        ? null
        : $"no program is built here (looked for {Path.GetFullPath(PathOf(kind))}): it is where the packages of Orleans restore");
}
