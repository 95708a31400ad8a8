namespace Reassembly.EndToEnd.Tests.Hosting;

/// <summary>The tests that load the machine run one after the other, and with nothing else beside them.</summary>
[CollectionDefinition(Settings.HeavyCollection, DisableParallelization = true)]
public sealed class Heavy;
