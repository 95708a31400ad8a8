using Reassembly.Storage.Postgres;
using Reassembly.Storage.Tests.Conformance;
using Xunit.Abstractions;

namespace Reassembly.Storage.Tests.Postgres;

[NeedsPostgres]
public sealed class PostgresDatabasePayloadTests(ITestOutputHelper output) : DurableStoreConformance(output)
{
    protected override async ValueTask<IDurableStoreHarness> CreateDurableAsync() => await PostgresHarness.CreateAsync(PostgresStoreOptions.InDatabase);
}

[NeedsPostgres]
public sealed class PostgresDirectoryPayloadTests(ITestOutputHelper output) : DurableStoreConformance(output)
{
    protected override async ValueTask<IDurableStoreHarness> CreateDurableAsync() => await PostgresHarness.CreateAsync(PostgresStoreOptions.InDirectory);
}
