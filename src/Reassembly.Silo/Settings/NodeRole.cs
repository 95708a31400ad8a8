namespace Reassembly.Silo.Settings;

/// <summary>What a node does.</summary>
public enum NodeRole
{
    /// <summary>Serves senders and hosts messages.</summary>
    All,

    /// <summary>Serves senders; the messages are on the silos.</summary>
    Edge,

    /// <summary>Hosts messages; the senders are at the edges.</summary>
    Silo,
}
