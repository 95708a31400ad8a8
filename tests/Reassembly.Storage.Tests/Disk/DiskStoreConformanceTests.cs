using Reassembly.Storage.Tests.Conformance;
using Xunit.Abstractions;

namespace Reassembly.Storage.Tests.Disk;

public sealed class DiskStoreConformanceTests(ITestOutputHelper output) : DurableStoreConformance(output)
{
    protected override ValueTask<IDurableStoreHarness> CreateDurableAsync() => new(new DiskHarness());
}
