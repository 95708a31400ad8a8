namespace Reassembly.Cluster.Tests.Scenarios;

/// <summary>What a storm does.</summary>
internal enum Disturbance
{
    /// <summary>SIGKILL to a node, which starts again after a while.</summary>
    Kill,

    /// <summary>SIGSTOP and, once others may have taken its messages over, SIGCONT: the zombie.</summary>
    Freeze,

    /// <summary>SIGTERM: the node says goodbye and starts again.</summary>
    Terminate,

    /// <summary>The database is shut down, and starts after a while.</summary>
    DatabaseStop,

    /// <summary>SIGKILL to the database, which starts after a while.</summary>
    DatabaseKill,

    /// <summary>SIGSTOP to the database and SIGCONT: connections stay, and nothing answers.</summary>
    DatabaseFreeze,

    /// <summary>Connections break, in the middle of a frame.</summary>
    Cut,

    /// <summary>A connection becomes slow.</summary>
    Delay,

    /// <summary>A connection stays open, carries nothing for a while, and breaks.</summary>
    BlackHole,

    /// <summary>One direction of a connection stands still for a while.</summary>
    Stall,
}
