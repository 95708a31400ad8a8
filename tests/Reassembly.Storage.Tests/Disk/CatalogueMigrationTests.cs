using Microsoft.Data.Sqlite;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Files.Records;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;
using static Reassembly.Storage.Tests.Conformance.Deliveries;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Disk;

/// <summary>A catalogue that an older program left is led to this program's version, with all that is in it.</summary>
public sealed class CatalogueMigrationTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("reassembly-migration-");
    private readonly RecordingLogger _log = new();
    private readonly ManualTimeProvider _time = new();
    private long _committed;

    private string Catalogue => Path.Combine(_root.FullName, "catalogue.db");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task What_was_pending_in_version_1_waits_for_the_directory_in_the_order_of_its_commits()
    {
        MessageKey described = NewKey(), nameless = NewKey("acme"), unreadable = NewKey(), delivered = NewKey(), none = NewKey(), open = NewKey(), aborted = NewKey();
        using (var connection = MakeVersion1())
        {
            Insert(connection, delivered, Ended(delivered, OutcomeState.Committed, 0, DeliveryState.Delivered));
            Insert(connection, described, Ended(described, OutcomeState.Committed, 0, DeliveryState.Pending) with { Open = Open(described) });
            Insert(connection, open, Record() with { Open = Open(open) });
            Insert(connection, nameless, Ended(nameless, OutcomeState.Committed, 0, DeliveryState.Pending));
            Insert(connection, none, Ended(none, OutcomeState.Committed, 0) with { ExpiresAt = Start });
            Insert(connection, aborted, Ended(aborted, OutcomeState.Aborted, 0) with { ExpiresAt = Start });
            Insert(connection, unreadable, Ended(unreadable, OutcomeState.Committed, 0, DeliveryState.Pending));
            Execute(connection, "UPDATE message SET open = x'7b' WHERE committed = 4");
        }

        for (var times = 1; times < 3; times++)
        {
            await using var store = OpenStore();
            Assert.Equal(
                [
                    new SinkDepth(WireProtocol.DefaultChannel, "directory", 2, 0, 0, Start),
                    new SinkDepth("invoices", "directory", 1, 0, 0, Start),
                ],
                await store.DepthsAsync());
            Assert.Equal([described, nameless, unreadable], (await store.TakeAsync("directory")).Select(attempt => Check(attempt, times)));
        }

        await using var last = OpenStore();
        var fresh = await last.CommitAsync(First);
        Assert.Equal([described, nameless, unreadable, fresh], (await last.TakeAsync("directory")).Select(attempt => attempt.Key));
        Assert.True(await last.SettleAsync(described, "directory", 3, DeliveryResult.Delivered));
        AssertSame(Ended(described, OutcomeState.Committed, 0, DeliveryState.Delivered) with { Open = Open(described) }, await last.FindAsync(described));
        AssertSame(Ended(nameless, OutcomeState.Committed, 0, DeliveryState.Pending), await last.FindAsync(nameless));
        AssertSame(Ended(delivered, OutcomeState.Committed, 0, DeliveryState.Delivered), await last.FindAsync(delivered));
        AssertSame(Record() with { Open = Open(open) }, await last.FindAsync(open));
        Assert.Equal(1, (await last.GetUsageAsync(CancellationToken.None)).OpenMessages);
        Assert.Equal(
            new[] { new PurgedMessage(none, true), new PurgedMessage(aborted, false) }.OrderBy(one => one.Key.Id),
            (await last.PurgeAsync(Start, 10, CancellationToken.None)).OrderBy(one => one.Key.Id));

        static MessageKey Check(DeliveryAttempt attempt, int times)
        {
            Assert.Equal(times, attempt.Attempt);
            return attempt.Key;
        }
    }

    [Fact]
    public async Task Migrated_tables_are_those_of_a_new_catalogue_and_an_old_owner_stays_fenced()
    {
        var key = NewKey();
        using (var connection = MakeVersion1())
        {
            Insert(connection, key, Record());
            Execute(connection, "UPDATE start SET generation = 41");
        }

        await using (var store = OpenStore())
        {
            Assert.True(await store.ClaimAsync(key) > 42L << 40);
        }

        var migrated = Tables(Catalogue);
        var folder = Path.Combine(_root.FullName, "new");
        await using (var store = new DiskMessageStore(new DiskStoreOptions { Path = folder }, _time, _log))
        {
            store.Open();
        }

        Assert.Equal(Tables(Path.Combine(folder, "catalogue.db")), migrated);
        Assert.Equal("4", migrated[0]);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_version_1_as_it_was_and_is_tried_again()
    {
        var key = NewKey();
        string[] before;
        using (var connection = MakeVersion1())
        {
            Insert(connection, key, Ended(key, OutcomeState.Committed, 0, DeliveryState.Pending));

            // In the way of one of the last statements.
            Execute(connection, "CREATE TABLE delivery_dead (wrong INTEGER)");
        }

        before = Tables(Catalogue);
        await using var store = OpenStore();
        Assert.Contains("delivery_dead", store.Fault, StringComparison.Ordinal);
        Assert.Equal(before, Tables(Catalogue));
        Assert.Equal("1", before[0]);

        using (var connection = CatalogueFile.Open(Catalogue, SqliteOpenMode.ReadWrite))
        {
            Execute(connection, "DROP TABLE delivery_dead");
        }

        _time.Advance(FolderKeeper.RetryInterval);
        Assert.Null(store.Fault);
        Assert.Equal([new DeliveryAttempt(key, "directory", 1)], await store.TakeAsync("directory"));
    }

    private SqliteConnection MakeVersion1()
    {
        var connection = CatalogueFile.Open(Catalogue, SqliteOpenMode.ReadWriteCreate);
        Schema.Migrate(connection, 0, 1);
        return connection;
    }

    /// <summary>Writes a row as the program of version 1 did.</summary>
    private void Insert(SqliteConnection connection, MessageKey key, MessageRecord record)
    {
        using var statement = new Statement(
            connection,
            """
            INSERT INTO message (id, tenant, epoch, created_at, expires_at, stored, ranges, size, open, outcome, state, delivery, committed)
            VALUES ($id, $tenant, 7, $created, $expires, 0, x'', $size, $open, $outcome, $state, $delivery, $committed)
            """,
            "$id", "$tenant", "$created", "$expires", "$size", "$open", "$outcome", "$state", "$delivery", "$committed");
        statement.Execute(
            CatalogueReader.IdBytes(key.Id),
            key.Tenant,
            record.CreatedAt.UtcTicks,
            record.ExpiresAt.UtcTicks,
            record.Size,
            record.Open is null ? null : ControlBytes.Write(record.Open),
            record.Outcome is null ? null : ControlBytes.Write(record.Outcome),
            record.Outcome is null ? 0 : (int)record.Outcome.State + 1,
            (int)record.Delivery,
            record.Outcome?.State == OutcomeState.Committed ? ++_committed : null);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        statement.Execute();
    }

    /// <summary>The version, and how each table and index was made.</summary>
    private static string[] Tables(string path)
    {
        using var connection = CatalogueFile.Open(path, SqliteOpenMode.ReadWrite);
        using var statement = new Query(connection, "SELECT coalesce(sql, name) FROM sqlite_master ORDER BY name");
        using var reader = statement.Ask();
        var tables = new List<string> { $"{CatalogueFile.Scalar(connection, "PRAGMA user_version")}" };
        while (reader.Read())
        {
            tables.Add(reader.GetString(0));
        }

        return [.. tables];
    }

    private DiskMessageStore OpenStore()
    {
        var store = new DiskMessageStore(new DiskStoreOptions { Path = _root.FullName }, _time, _log);
        store.Open();
        return store;
    }
}
