namespace Reassembly.Testing.Cluster;

/// <summary>What a node runs.</summary>
public enum NodeKind
{
    /// <summary><c>Reassembly.Server</c> on a shared database: no node knows of another.</summary>
    Server,

    /// <summary><c>Reassembly.Silo</c>: the same, and each message has one grain in the cluster.</summary>
    Silo,
}
