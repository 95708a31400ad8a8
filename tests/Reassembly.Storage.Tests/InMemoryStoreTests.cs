using Reassembly.Core.Storage;
using Reassembly.Storage.Tests.Conformance;

namespace Reassembly.Storage.Tests;

public sealed class InMemoryStoreTests : MessageStoreConformance
{
    protected override ValueTask<IStoreHarness> CreateAsync() => new(new Harness());

    private sealed class Harness : IStoreHarness
    {
        private readonly InMemoryMessageStore _store = new();

        public IMessageStore Store => _store;

        public IMessageCatalogue Catalogue => _store;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
