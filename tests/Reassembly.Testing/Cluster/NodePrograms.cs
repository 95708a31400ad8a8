using System.Reflection;
using Reassembly.Testing.Postgres;

namespace Reassembly.Testing.Cluster;

/// <summary>Where the built programs lie.</summary>
public static class NodePrograms
{
    private static readonly string SiloPath = typeof(NodePrograms).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "SiloPath").Value!;

    public static string PathOf(NodeKind kind) => kind == NodeKind.Server ? ServerProcess.Program : SiloPath;

    /// <summary>Why nodes of a kind cannot run here, as one sentence; null where they can.</summary>
    public static string? Missing(NodeKind kind) => PostgresServer.MissingBinaries ?? (File.Exists(PathOf(kind))
        ? null
        : $"no silo is built here (looked for {Path.GetFullPath(SiloPath)}): it is where the packages of Orleans restore");
}
