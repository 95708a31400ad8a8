using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Tests.Conformance;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Disk;

/// <summary>Counts the allocations of the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(DiskCostTests), DisableParallelization = true)]
[Collection(nameof(DiskCostTests))]
public sealed class DiskCostTests(ITestOutputHelper output) : IDisposable
{
    private const int ChunkBytes = 65_488;
    private const int ChunksOfAWrite = 16;
    private const int Writes = 60;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("reassembly-cost-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task A_chunk_allocates_less_than_256_bytes_on_its_way_to_the_disk()
    {
        await using var store = NewStore();
        var chunk = Bytes(ChunkBytes);
        var key = NewKey();
        var epoch = await store.ClaimAsync(key);
        var open = Open(key);
        var segments = new List<Segment>();
        var offset = 0L;
        await WriteAsync(Writes);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var began = TimeProvider.System.GetTimestamp();
        await WriteAsync(Writes);
        var took = TimeProvider.System.GetElapsedTime(began);
        var perChunk = (GC.GetTotalAllocatedBytes(precise: true) - before) / (Writes * ChunksOfAWrite);

        output.WriteLine($"{perChunk} bytes a chunk, {Writes * ChunksOfAWrite * (double)ChunkBytes / (1 << 20) / took.TotalSeconds:0} MiB/s");
        Assert.InRange(perChunk, 0, 256);

        async Task WriteAsync(int writes)
        {
            for (var write = 0; write < writes; write++)
            {
                segments.Clear();
                for (var index = 0; index < ChunksOfAWrite; index++)
                {
                    segments.Add(new Segment(offset, chunk));
                    offset += ChunkBytes;
                }

                await store.WriteAsync(key, epoch, new MessageWrite(segments, Record(new ByteRange(0, offset)) with { Open = open }));
            }
        }
    }

    [Fact]
    public async Task An_idle_open_message_costs_less_than_a_kibibyte_of_memory()
    {
        const int Messages = 5000;
        const int Rounds = 5;
        await using var store = NewStore();

        // Between two looks at the heap the runtime may give back megabytes that earlier tests have pooled: that spoils one round, not most.
        var perMessage = new List<long>();
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            await Parallel.ForEachAsync(Enumerable.Range(0, Messages), async (_, _) =>
            {
                var key = NewKey();
                await store.WriteAsync(key, await store.ClaimAsync(key), Record());
            });
            perMessage.Add((GC.GetTotalMemory(forceFullCollection: true) - before) / Messages);
        }

        output.WriteLine($"{string.Join(", ", perMessage)} bytes a message");
        perMessage.Sort();
        Assert.InRange(perMessage[Rounds / 2], -1024, 1024);
    }

    private DiskMessageStore NewStore()
    {
        var store = new DiskMessageStore(new DiskStoreOptions { Path = _root.FullName }, TimeProvider.System, NullLogger<DiskMessageStore>.Instance);
        store.Open();
        return store;
    }
}
