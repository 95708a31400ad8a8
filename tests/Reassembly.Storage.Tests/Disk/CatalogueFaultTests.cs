using Microsoft.Data.Sqlite;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Folder;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Disk;

/// <summary>A folder that cannot be used does not stop the process; one that another process uses does.</summary>
public sealed class CatalogueFaultTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("reassembly-catalogue-");
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingLogger _log = new();

    private string Folder => Path.Combine(_root.FullName, "data");

    private string Catalogue => Path.Combine(Folder, "catalogue.db");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task A_second_store_on_the_folder_refuses_and_says_who_has_it()
    {
        await using var first = Open();
        var second = NewStore();
        var refusal = Assert.Throws<FolderInUseException>(second.Open);
        Assert.Equal($"the folder {Folder} is in use by process {Environment.ProcessId} on host {Environment.MachineName} since 2026-01-02T03:04:05Z", refusal.Message);
        await second.DisposeAsync();
        Assert.Null(first.Fault);

        await first.DisposeAsync();
        await using var third = Open();
        Assert.Null(third.Fault);
    }

    [Fact]
    public async Task A_catalogue_that_is_garbage_at_the_start_leaves_the_store_out_of_service_until_it_is_repaired()
    {
        var key = NewKey();
        await using (var before = Open())
        {
            await before.EndAsync(key, OutcomeState.Committed, Bytes(100));
        }

        var good = await File.ReadAllBytesAsync(Catalogue);
        await File.WriteAllBytesAsync(Catalogue, Bytes(good.Length));
        await using var store = Open();
        await AssertOutOfServiceAsync(store);
        _time.Advance(FolderKeeper.RetryInterval);
        _time.Advance(FolderKeeper.RetryInterval);
        await AssertOutOfServiceAsync(store);
        Assert.Contains(Catalogue, Assert.Single(_log.Faults), StringComparison.Ordinal);

        await File.WriteAllBytesAsync(Catalogue, good);
        _time.Advance(FolderKeeper.RetryInterval);
        Assert.Null(store.Fault);
        Assert.Equal(Bytes(100), await store.ReadAsync(key, 0, 100));
        AssertSame(Ended(key, OutcomeState.Committed, 100), await store.FindAsync(key));
    }

    [Fact]
    public async Task One_record_that_cannot_be_read_keeps_nothing_from_the_others()
    {
        var (broken, whole) = (NewKey(), NewKey());
        await using (var before = Open())
        {
            await before.EndAsync(broken, OutcomeState.Committed, Bytes(100));
            await before.EndAsync(whole, OutcomeState.Committed, Bytes(100));
        }

        using (var connection = new SqliteConnection($"Data Source={Catalogue};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE message SET outcome = x'7b' WHERE id = $id";
            var id = new byte[16];
            broken.Id.Write(id);
            command.Parameters.AddWithValue("$id", id);
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        await using var store = Open();
        var fault = await Assert.ThrowsAsync<StoreException>(async () => await store.FindAsync(broken));
        Assert.Contains("cannot be read", fault.Message, StringComparison.Ordinal);
        Assert.Null(store.Fault);
        AssertSame(Ended(whole, OutcomeState.Committed, 100), await store.FindAsync(whole));
    }

    [Fact]
    public async Task A_catalogue_overwritten_under_a_running_store_takes_it_out_of_service_until_it_is_repaired()
    {
        var key = NewKey();
        byte[] good;
        await using (var before = Open())
        {
            for (var index = 0; index < 200; index++)
            {
                await before.EndAsync(NewKey(), OutcomeState.Aborted, []);
            }

            await before.EndAsync(key, OutcomeState.Committed, Bytes(100), Deliveries.PlanFor("directory"));
            Assert.Single(await before.TakeAsync("directory"));
        }

        good = await File.ReadAllBytesAsync(Catalogue);
        await using var store = Open();
        Assert.Equal(2, Assert.Single(await store.TakeAsync("directory")).Attempt);
        await File.WriteAllBytesAsync(Catalogue, Bytes(good.Length));
        for (var attempt = 0; store.Fault is null && attempt < 1000; attempt++)
        {
            try
            {
                var fresh = NewKey();
                await store.WriteAsync(fresh, await store.ClaimAsync(fresh), Record(new ByteRange(0, 10)), (0, Bytes(10)));
            }
            catch (Exception exception) when (exception is StoreException or FencedException)
            {
                // Every call fails until the store has seen that it is the catalogue.
            }
        }

        await _log.FirstFault;
        await AssertOutOfServiceAsync(store);

        foreach (var file in Directory.GetFiles(Folder, "catalogue.db*"))
        {
            File.Delete(file);
        }

        await File.WriteAllBytesAsync(Catalogue, good);
        await _time.ArmedAsync(static due => due == FolderKeeper.RetryInterval);
        _time.Advance(FolderKeeper.RetryInterval);
        Assert.Null(store.Fault);
        AssertSame(Ended(key, OutcomeState.Committed, 100, DeliveryState.Pending), await store.FindAsync(key));
        Assert.Equal(Bytes(100), await store.ReadAsync(key, 0, 100));

        // What was taken before the repair is not known to the copy that came back, or may not be: it waits again.
        Assert.Equal(2, Assert.Single(await store.TakeAsync("directory")).Attempt);
    }

    [Fact]
    public async Task A_catalogue_removed_under_a_running_store_is_not_replaced_by_an_empty_one()
    {
        await using var store = Open();
        var key = NewKey();
        await store.EndAsync(key, OutcomeState.Committed, Bytes(100));
        foreach (var file in Directory.GetFiles(Folder, "catalogue.db*"))
        {
            File.Delete(file);
        }

        var fresh = NewKey();
        var epoch = await store.ClaimAsync(fresh);
        await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync(fresh, epoch, Record()).AsTask());
        await _log.FirstFault;
        await _time.ArmedAsync(static due => due == FolderKeeper.RetryInterval);
        _time.Advance(FolderKeeper.RetryInterval);
        await AssertOutOfServiceAsync(store);
        Assert.True(File.Exists(Path.Combine(Folder, "payload", key.Id.ToString()[^2..], key.Id.ToString())));
    }

    [Fact]
    public async Task A_catalogue_of_a_newer_version_is_refused_with_both_versions()
    {
        await using (Open())
        {
        }

        await using (var connection = new SqliteConnection($"Data Source={Catalogue};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        await using var store = Open();
        Assert.Contains($"{Catalogue} is of version 99, and this program knows 4", store.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_tried_again()
    {
        await File.WriteAllTextAsync(Folder, "a file where the folder should be");
        await using var store = Open();
        await AssertOutOfServiceAsync(store);
        File.Delete(Folder);
        _time.Advance(FolderKeeper.RetryInterval);
        Assert.Null(store.Fault);
        await store.EndAsync(NewKey(), OutcomeState.Committed, Bytes(10));
    }

    private async Task AssertOutOfServiceAsync(DiskMessageStore store)
    {
        Assert.Contains(Folder, store.Fault, StringComparison.Ordinal);
        var key = NewKey();
        foreach (var call in new Func<Task>[]
        {
            () => store.ClaimAsync(key),
            () => store.WriteAsync(key, 1, Record()).AsTask(),
            () => store.ReadAsync(key, 0, 1),
            () => store.FindAsync(key).AsTask(),
            () => store.GetUsageAsync(CancellationToken.None).AsTask(),
            () => store.PurgeAsync(Later, 1, CancellationToken.None).AsTask(),
            () => store.ListOverdueAsync(Later, 1, CancellationToken.None).AsTask(),
            () => store.TakeAsync("directory").AsTask(),
            () => store.SettleAsync(key, "directory", 1, DeliveryResult.Delivered).AsTask(),
            () => store.ListDepthsAsync(null, CancellationToken.None).AsTask(),
            () => store.ListDeadAsync("default", null, 1, CancellationToken.None).AsTask(),
            () => store.ReviveAsync(key, "default", CancellationToken.None).AsTask(),
            () => store.DropAsync(key, "default", CancellationToken.None).AsTask(),
        })
        {
            var fault = await Assert.ThrowsAsync<StoreException>(call);
            Assert.Contains(Folder, fault.Message, StringComparison.Ordinal);
        }
    }

    private DiskMessageStore Open()
    {
        var store = NewStore();
        store.Open();
        return store;
    }

    private DiskMessageStore NewStore() => new(new DiskStoreOptions { Path = Folder }, _time, _log);
}
