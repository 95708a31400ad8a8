using Reassembly.Core.Storage;
using Reassembly.Storage.Tests.Conformance;
using Xunit.Abstractions;

namespace Reassembly.Storage.Tests;

public sealed class InMemoryStoreTests(ITestOutputHelper output) : MessageStoreConformance(output)
{
    protected override ValueTask<IStoreHarness> CreateAsync() => new(new MemoryHarness());

    private sealed class MemoryHarness : IStoreHarness
    {
        private readonly InMemoryMessageStore _store = new();

        public IMessageStore Store => _store;

        public IMessageCatalogue Catalogue => _store;

        public IDeliveryLedger Ledger => _store;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
