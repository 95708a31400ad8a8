using Microsoft.Data.Sqlite;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Tests.Conformance;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Disk;

/// <summary>What the disk does to a store: files that go, a catalogue that breaks, a flush that fails.</summary>
public sealed class DiskFaultTests : IAsyncLifetime
{
    private readonly DiskHarness _harness = new();

    private DiskMessageStore Store => _harness.Disk;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _harness.DisposeAsync();

    [Fact]
    public async Task A_removed_payload_file_fails_reads_writes_and_the_commit_and_is_logged_once()
    {
        var key = NewKey();
        var epoch = await Store.ClaimAsync(key);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 100)), (0, Bytes(100)));
        var path = Assert.Single(_harness.PayloadFiles());
        File.Delete(path);

        Task[] attempts =
        [
            Store.WriteAsync(key, epoch, Record(new ByteRange(0, 200)), (100, Bytes(100))).AsTask(),
            Store.ReadAsync(key, 0, 100),
            Store.WriteAsync(key, epoch, Ended(key, OutcomeState.Committed, 100)).AsTask(),
        ];
        foreach (var attempt in attempts)
        {
            var fault = await Assert.ThrowsAsync<StoreException>(() => attempt);
            Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<StoreException>(() => Store.WriteAsync(key, epoch, Record(new ByteRange(0, 200)), (100, Bytes(100))).AsTask());
        AssertSame(Record(new ByteRange(0, 100)), await Store.FindAsync(key));
        Assert.Contains(path, Assert.Single(_harness.Log.Faults), StringComparison.Ordinal);

        var other = NewKey();
        await Store.EndAsync(other, OutcomeState.Committed, Bytes(10));
        Assert.Equal(Bytes(10), await Store.ReadAsync(other, 0, 10));
        await Store.WriteAsync(key, epoch, Ended(key, OutcomeState.Aborted, 0));
    }

    [Fact]
    public async Task A_payload_file_cut_short_is_not_committed()
    {
        var key = NewKey();
        var epoch = await Store.ClaimAsync(key);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 100)), (0, Bytes(100)));
        await using (var file = new FileStream(_harness.PayloadFiles()[0], FileMode.Open))
        {
            file.SetLength(99);
        }

        await Assert.ThrowsAsync<StoreException>(() => Store.WriteAsync(key, epoch, Ended(key, OutcomeState.Committed, 100)).AsTask());
        Assert.Null((await Store.FindAsync(key))!.Outcome);
    }

    [Fact]
    public async Task A_failing_disk_is_said_once_and_that_it_works_again_once()
    {
        var failing = true;
        _harness.Probe = (step, _) =>
        {
            if (failing && step == DiskStoreStep.BytesWritten)
            {
                throw new IOException("No space left on device");
            }
        };
        var keys = Enumerable.Range(0, 10).Select(_ => NewKey()).ToArray();
        foreach (var key in keys)
        {
            var epoch = await Store.ClaimAsync(key);
            var fault = await Assert.ThrowsAsync<StoreException>(() => Store.WriteAsync(key, epoch, Record(new ByteRange(0, 10)), (0, Bytes(10))).AsTask());
            Assert.Contains(_harness.Folder, fault.Message, StringComparison.Ordinal);
            Assert.Contains("No space left", fault.Message, StringComparison.Ordinal);
            Assert.Null(await Store.FindAsync(key));
        }

        Assert.Single(_harness.Log.Faults);
        failing = false;
        foreach (var key in keys)
        {
            await Store.EndAsync(key, OutcomeState.Committed, Bytes(10));
        }

        Assert.Single(_harness.Log.All, line => line.EndsWith("takes writes again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_a_flush_that_failed_the_handle_is_not_used_again()
    {
        var key = NewKey();
        var epoch = await Store.ClaimAsync(key);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 10)), (0, Bytes(10)));
        Assert.Equal(1, Store.Opened.Files.OpenHandles);
        _harness.FailAt(nameof(DiskStoreStep.BytesWritten));
        await Assert.ThrowsAsync<StoreException>(() => Store.WriteAsync(key, epoch, Record(new ByteRange(0, 20)), (10, Bytes(10))).AsTask());
        Assert.Equal(0, Store.Opened.Files.OpenHandles);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 20)), (10, Bytes(10)));
    }

    [Fact]
    public async Task Files_that_no_message_owns_are_removed_at_the_start_and_foreign_files_stay()
    {
        MessageKey open = NewKey(), tenant = NewKey("acme"), committed = NewKey(), orphan = NewKey(), rejected = NewKey();
        await Store.WriteAsync(open, await Store.ClaimAsync(open), Record(new ByteRange(0, 10)), (0, Bytes(10)));
        await Store.WriteAsync(tenant, await Store.ClaimAsync(tenant), Record(new ByteRange(0, 10)), (0, Bytes(10)));
        await Store.EndAsync(committed, OutcomeState.Committed, Bytes(10));
        await Store.EndAsync(rejected, OutcomeState.Rejected, Bytes(10));
        var kept = _harness.PayloadFiles().Length;
        Assert.Equal(3, kept);

        var folder = Path.Combine(_harness.Folder, "payload", "ff");
        Directory.CreateDirectory(folder);
        foreach (var name in new[] { $"{orphan.Id}", $"acme~{open.Id}", $"{rejected.Id}", "notes.txt" })
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name), Bytes(10));
        }

        await Store.DisposeAsync();
        await using var second = new DiskMessageStore(new DiskStoreOptions { Path = _harness.Folder }, _harness.Time, _harness.Log);
        second.Open();
        Assert.Equal(kept + 1, _harness.PayloadFiles().Length);
        Assert.True(File.Exists(Path.Combine(folder, "notes.txt")));
        Assert.Contains("3 orphaned files removed", _harness.Log.All[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_message_that_is_committed_with_its_first_write_has_no_file_and_leaves_nothing_when_it_is_purged()
    {
        MessageKey small = NewKey(), large = NewKey(), failed = NewKey();
        await Store.WriteAsync(small, await Store.ClaimAsync(small), Ended(small, OutcomeState.Committed, 4096), (0, Bytes(4096)));
        Assert.Empty(_harness.PayloadFiles());
        Assert.Equal(1, CountSmall());
        await Store.WriteAsync(large, await Store.ClaimAsync(large), Ended(large, OutcomeState.Committed, 4097) with { ExpiresAt = Later.AddHours(1) }, (0, Bytes(4097)));
        Assert.Single(_harness.PayloadFiles());

        // Bytes of an attempt that failed lie in a file: they are not the message's, and the next start removes them.
        var epoch = await Store.ClaimAsync(failed);
        _harness.FailAt(nameof(DiskStoreStep.CatalogueApplied));
        await Assert.ThrowsAsync<StoreException>(() => Store.WriteAsync(failed, epoch, Record(new ByteRange(0, 10)), (0, Bytes(10, seed: 2))).AsTask());
        await Store.WriteAsync(failed, epoch, Ended(failed, OutcomeState.Committed, 10), (0, Bytes(10)));
        Assert.Equal(Bytes(10), await Store.ReadAsync(failed, 0, 10));
        Assert.Equal(2, _harness.PayloadFiles().Length);
        await _harness.ReopenAsync();
        Assert.Single(_harness.PayloadFiles());
        Assert.Equal(Bytes(4096), await Store.ReadAsync(small, 0, 5000));
        Assert.Equal(Bytes(10), await Store.ReadAsync(failed, 0, 10));

        Assert.Equal(2, (await Store.PurgeAsync(Later, 10, CancellationToken.None)).Count);
        Assert.Equal(0, CountSmall());
        Assert.Equal(Bytes(4097), await Store.ReadAsync(large, 0, 5000));
        await Store.PurgeAsync(Later.AddHours(1), 10, CancellationToken.None);
        Assert.Empty(_harness.PayloadFiles());
    }

    [Fact]
    public async Task Thousands_of_idle_messages_hold_few_handles()
    {
        var keys = Enumerable.Range(0, 1000).Select(_ => NewKey()).ToArray();
        await Parallel.ForEachAsync(keys, async (key, _) => await Store.WriteAsync(key, await Store.ClaimAsync(key), Record(new ByteRange(0, 10)), (0, Bytes(10))));
        Assert.InRange(Store.Opened.Files.OpenHandles, 1, Reassembly.Storage.Files.Payload.PayloadFiles<Reassembly.Core.MessageKey>.MaxOpen);
        foreach (var key in keys)
        {
            Assert.Equal(Bytes(10), await Store.ReadAsync(key, 0, 10));
        }

        Assert.InRange(Store.Opened.Files.OpenHandles, 1, Reassembly.Storage.Files.Payload.PayloadFiles<Reassembly.Core.MessageKey>.MaxOpen);
    }

    [Fact]
    public async Task Messages_that_ended_and_claims_that_nothing_was_written_under_leave_no_memory()
    {
        for (var index = 0; index < 50; index++)
        {
            var key = NewKey();
            await Store.EndAsync(key, OutcomeState.Aborted, Bytes(10));
            await Store.ClaimAsync(key);
        }

        Assert.Equal(0, Store.Opened.Book.Count);
        for (var index = 0; index < Reassembly.Storage.Disk.Claims.OwnerBook.MaxUnwritten + 100; index++)
        {
            await Store.ClaimAsync(NewKey());
        }

        Assert.Equal(Reassembly.Storage.Disk.Claims.OwnerBook.MaxUnwritten, Store.Opened.Book.Count);
    }

    [Fact]
    public async Task A_write_waits_for_no_flush_of_another_message()
    {
        var (slow, quick) = (NewKey(), NewKey());
        var (slowEpoch, quickEpoch) = (await Store.ClaimAsync(slow), await Store.ClaimAsync(quick));
        using var gate = new Gate(_harness, DiskStoreStep.BytesWritten);
        var held = Store.WriteAsync(slow, slowEpoch, Record(new ByteRange(0, 10_000)), (0, Bytes(10_000, seed: 1))).AsTask();
        await gate.Reached;

        await Store.WriteAsync(quick, quickEpoch, Record(new ByteRange(0, 10_000)), (0, Bytes(10_000, seed: 2))).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(held.IsCompleted);
        gate.Open();
        await held;
    }

    [Fact]
    public async Task A_claim_waits_for_the_write_of_the_owner_before_which_then_is_refused()
    {
        var key = NewKey();
        var old = await Store.ClaimAsync(key);
        using var gate = new Gate(_harness, DiskStoreStep.BeforeBytes);
        var write = Store.WriteAsync(key, old, Record(new ByteRange(0, 100)), (0, Bytes(100, seed: 1))).AsTask();
        await gate.Reached;
        var claim = Store.ClaimAsync(key, Record(), CancellationToken.None).AsTask();
        Assert.False(claim.IsCompleted);
        gate.Open();

        await Assert.ThrowsAsync<FencedException>(() => write);
        var (epoch, record) = await claim;
        Assert.Null(record);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 100)), (0, Bytes(100, seed: 2)));
        Assert.Equal(Bytes(100, seed: 2), await Store.ReadAsync(key, 0, 100));
    }

    [Fact]
    public async Task An_id_that_comes_again_while_its_old_file_is_removed_waits_and_keeps_its_new_bytes()
    {
        var key = NewKey();
        await Store.EndAsync(key, OutcomeState.Committed, Bytes(100, seed: 1), expiresAt: Start);
        using var gate = new Gate(_harness, DiskStoreStep.BeforeFileDelete);
        var purge = Task.Run(() => Store.PurgeAsync(Later, 10, CancellationToken.None).AsTask());
        await gate.Reached;
        var claim = Store.ClaimAsync(key, Record(), CancellationToken.None).AsTask();
        Assert.False(claim.IsCompleted);
        gate.Open();

        Assert.Equal([new PurgedMessage(key, true)], await purge);
        var (epoch, record) = await claim;
        Assert.Null(record);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 50)), (0, Bytes(50, seed: 2)));
        Assert.Equal(Bytes(50, seed: 2), await Store.ReadAsync(key, 0, 100));
    }

    private long CountSmall()
    {
        using var connection = CatalogueFile.Open(Path.Combine(_harness.Folder, "catalogue.db"), SqliteOpenMode.ReadWrite);
        return CatalogueFile.Scalar(connection, "SELECT count(*) FROM small_payload");
    }
}
