using Reassembly.Core.Storage;
using Xunit.Abstractions;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>Has a store for each test of the suite. The suite is one chain of classes, so that a store that inherits its end inherits all of it.</summary>
public abstract class StoreConformance(ITestOutputHelper output) : IAsyncLifetime
{
    protected ITestOutputHelper Output { get; } = output;

    protected IStoreHarness Harness { get; private set; } = null!;

    protected IMessageStore Store => Harness.Store;

    protected IMessageCatalogue Catalogue => Harness.Catalogue;

    protected IDeliveryLedger Ledger => Harness.Ledger;

    protected abstract ValueTask<IStoreHarness> CreateAsync();

    public async Task InitializeAsync() => Harness = await CreateAsync();

    public async Task DisposeAsync() => await Harness.DisposeAsync();
}
