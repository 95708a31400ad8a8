namespace Reassembly.Cluster.Tests.Sending;

/// <summary>What a sender means to do with a message.</summary>
internal enum UploadPlan
{
    /// <summary>Send all of it.</summary>
    Commit,

    /// <summary>Send a part and give it up.</summary>
    Abort,

    /// <summary>Send a part and never come back.</summary>
    Abandon,

    /// <summary>Say that it is larger than a message may be.</summary>
    TooBig,

    /// <summary>Announce a digest that its bytes do not have.</summary>
    WrongDigest,
}
