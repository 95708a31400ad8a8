using Reassembly.Testing.Receiving;

namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>A process that receives, is killed and started again. What it got it has written down.</summary>
internal interface IStormReceiver
{
    string Name { get; }

    KillTarget Target { get; }

    int Process { get; }

    bool HasExited { get; }

    /// <summary>All that it wrote down so far.</summary>
    IReadOnlyList<Receipt> Receipts { get; }

    /// <summary>What it wrote down last; null where it does not tell, or has nothing.</summary>
    Receipt? Last { get; }

    Task StartAsync();

    Task KillAsync();
}
