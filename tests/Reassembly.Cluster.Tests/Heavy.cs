namespace Reassembly.Cluster.Tests;

/// <summary>Tests that load the machine run one after the other, and with nothing else beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Heavy
{
    public const string Name = "heavy";
}
