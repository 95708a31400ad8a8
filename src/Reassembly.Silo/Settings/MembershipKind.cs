namespace Reassembly.Silo.Settings;

/// <summary>How the nodes of a cluster find each other.</summary>
public enum MembershipKind
{
    /// <summary>In the PostgreSQL of their store.</summary>
    Postgres,

    /// <summary>On this machine alone: the silo at port 11111 knows all others. For a laptop.</summary>
    Localhost,
}
