namespace Reassembly.Interop.Tests.Clients;

/// <summary>All tests of clients share their programs, one server and the payloads.</summary>
[CollectionDefinition(ClientsFixture.Name)]
public sealed class SharedClients : ICollectionFixture<ClientsFixture>;
