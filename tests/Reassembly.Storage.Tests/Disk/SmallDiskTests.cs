using System.Diagnostics;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Disk;

/// <summary>A real file system that gets full or turns read-only. Needs the right to mount; without it the tests say so and pass, and <see cref="DiskFaultTests"/> stands for them.</summary>
public sealed class SmallDiskTests(ITestOutputHelper output) : IDisposable
{
    private const int DiskMiB = 4;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("reassembly-small-");
    private readonly RecordingLogger _log = new();
    private readonly ManualTimeProvider _time = new();
    private bool _mounted;

    public void Dispose()
    {
        if (_mounted)
        {
            Run("umount", "-l", _root.FullName);
        }

        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task A_full_disk_fails_writes_and_nothing_else_until_there_is_room()
    {
        if (!TryMount())
        {
            return;
        }

        await using var store = Open();
        var before = NewKey();
        await store.EndAsync(before, OutcomeState.Committed, Bytes(100_000));
        var big = NewKey();
        var epoch = await store.ClaimAsync(big);
        var written = 0L;
        StoreException? full = null;
        for (var part = 0; full is null && part < 2 * DiskMiB; part++)
        {
            try
            {
                await store.WriteAsync(big, epoch, Record(new ByteRange(0, written + (1 << 20))), (written, Bytes(1 << 20)));
                written += 1 << 20;
            }
            catch (StoreException exception)
            {
                full = exception;
            }
        }

        Assert.Contains(_root.FullName, full?.Message, StringComparison.Ordinal);
        Assert.Null(store.Fault);
        Assert.Equal(Bytes(100_000), await store.ReadAsync(before, 0, 200_000));
        AssertSame(Record(new ByteRange(0, written)), await store.FindAsync(big));
        await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync(big, epoch, Record(new ByteRange(0, written + (1 << 20))), (written, Bytes(1 << 20))).AsTask());
        Assert.Single(_log.Faults);

        Run("mount", "-o", "remount,size=16m", _root.FullName);
        await store.WriteAsync(big, epoch, Record(new ByteRange(0, written + (1 << 20))), (written, Bytes(1 << 20)));
        await store.WriteAsync(big, epoch, Ended(big, OutcomeState.Committed, written + (1 << 20)));
        Assert.Equal(Bytes(1 << 20), await store.ReadAsync(big, written, 1 << 20));
    }

    [Fact]
    public async Task A_read_only_folder_leaves_the_store_out_of_service_until_it_can_be_written()
    {
        if (!TryMount())
        {
            return;
        }

        var key = NewKey();
        await using (var before = Open())
        {
            await before.EndAsync(key, OutcomeState.Committed, Bytes(1000));
        }

        Run("mount", "-o", "remount,ro", _root.FullName);
        await using var store = Open();
        Assert.Contains(_root.FullName, store.Fault, StringComparison.Ordinal);
        Assert.Single(_log.Faults);
        Run("mount", "-o", "remount,rw", _root.FullName);
        _time.Advance(FolderKeeper.RetryInterval);
        Assert.Null(store.Fault);
        Assert.Equal(Bytes(1000), await store.ReadAsync(key, 0, 2000));
    }

    private bool TryMount()
    {
        _mounted = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Run("mount", "-t", "tmpfs", "-o", $"size={DiskMiB}m", "none", _root.FullName);
        output.WriteLine(_mounted ? $"on a tmpfs of {DiskMiB} MiB" : "no right to mount: not run");
        return _mounted;
    }

    private DiskMessageStore Open()
    {
        var store = new DiskMessageStore(new DiskStoreOptions { Path = Path.Combine(_root.FullName, "data") }, _time, _log);
        store.Open();
        return store;
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
