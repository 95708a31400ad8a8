namespace Reassembly.Testing.Cluster;

/// <summary>What a line of a node's log says.</summary>
public static class LoggedLine
{
    private static readonly string[] OfSlowDatabase = ["PostgresMessageStore[2]", "PostgresMessageStore[3]"];

    /// <summary>Whether it begins an entry on the database being away, or too slow to answer in time: the store is out of service, or its writes fail.</summary>
    public static bool IsOfSlowDatabase(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return Array.Exists(OfSlowDatabase, line.EndsWith);
    }
}
