using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Disk;

namespace Reassembly.Benchmarks.Micro;

/// <summary>One durable write of 1 MiB in chunks of 64 KiB to one message, at the same place each time. PostgreSQL is in the scenario <c>stores</c>.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int ChunkBytes = 64 * 1024;
    private const int Chunks = 16;

    private readonly MessageKey _key = MessageKey.Default(MessageId.NewVersion7(TimeProvider.System.GetUtcNow()));
    private DirectoryInfo? _folder;
    private IMessageStore? _store;
    private MessageWrite? _write;
    private long _epoch;

    [Params("memory", "disk")]
    public string Store { get; set; } = string.Empty;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _folder = Directory.CreateTempSubdirectory("reassembly-bench-");
        _store = Store == "memory" ? new InMemoryMessageStore() : OpenDisk(_folder.FullName);
        var now = TimeProvider.System.GetUtcNow();
        var record = new MessageRecord { CreatedAt = now, ExpiresAt = now.AddHours(1), Durable = [new ByteRange(0, Chunks * ChunkBytes)] };
        _epoch = (await _store.ClaimAsync(_key, record, CancellationToken.None)).Epoch;
        var chunk = new byte[ChunkBytes];
        new Random(1).NextBytes(chunk);
        _write = new MessageWrite([.. Enumerable.Range(0, Chunks).Select(index => new Segment((long)index * ChunkBytes, chunk))], record);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        if (_store is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }

        _folder!.Delete(recursive: true);
    }

    [Benchmark]
    public async Task Write() => await _store!.WriteAsync(_key, _epoch, _write!);

    private static DiskMessageStore OpenDisk(string folder)
    {
        var store = new DiskMessageStore(new DiskStoreOptions { Path = folder }, TimeProvider.System, NullLogger<DiskMessageStore>.Instance);
        store.Open();
        return store;
    }
}
