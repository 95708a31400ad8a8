using Reassembly.Testing.Receiving;

namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>One of the tests' own receiving programs.</summary>
internal sealed class ProgramReceiver(string name, KillTarget target, ReceiverProcess process) : IStormReceiver
{
    public string Name => name;

    public KillTarget Target => target;

    public int Process => process.Id;

    public bool HasExited => process.HasExited;

    public IReadOnlyList<Receipt> Receipts => process.Receipts;

    public Receipt? Last => process.Last;

    public Task StartAsync() => process.StartAsync();

    public Task KillAsync() => process.KillAsync();
}
