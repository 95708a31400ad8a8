namespace Reassembly.Cluster.Tests.Lying;

/// <summary>A promise that a store breaks while it says that all is well.</summary>
public enum Lie
{
    None,

    /// <summary>Bytes that it called durable are gone when the next owner looks.</summary>
    LosesAckedBytes,

    /// <summary>One node reads other bytes than were written.</summary>
    ChangesBytes,

    /// <summary>One node tells another outcome.</summary>
    ChangesOutcomes,

    /// <summary>One node does not know what has ended.</summary>
    ForgetsOutcomes,

    /// <summary>What nobody finishes stays open.</summary>
    NeverExpires,

    /// <summary>Nothing committed is ever due for delivery.</summary>
    NeverDelivers,
}
