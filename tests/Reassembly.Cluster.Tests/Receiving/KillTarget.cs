namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>What is killed.</summary>
internal enum KillTarget
{
    Node,
    Subscriber,
    Webhook,
}
