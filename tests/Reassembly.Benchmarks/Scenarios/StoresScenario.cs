using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Postgres;
using Reassembly.Testing.Postgres;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// What a store takes without an edge before it: one message and eight, in writes of 1 MiB of 64 KiB chunks, each durable before the
/// next of its message. PostgreSQL with payload in rows and in files, against the disk store.
/// </summary>
internal static class StoresScenario
{
    private const int ChunkBytes = 64 * 1024;
    private const int ChunksInWrite = 16;
    private const int Bytes = 128 << 20;
    private const int Runs = 3;

    public static async Task<bool> RunAsync()
    {
        if (PostgresServer.MissingBinaries is { } missing)
        {
            Console.WriteLine($"not run, {missing}");
            return true;
        }

        var folder = Directory.CreateTempSubdirectory("reassembly-stores-");
        await using var server = await PostgresServer.StartNewAsync("shared_buffers=128MB", "max_wal_size=4GB");
        await using var inRows = await server.CreateDatabaseAsync();
        await using var inFiles = await server.CreateDatabaseAsync();
        await using var disk = new DiskMessageStore(
            new DiskStoreOptions { Path = Path.Combine(folder.FullName, "disk") }, TimeProvider.System, NullLogger<DiskMessageStore>.Instance);
        await using var rows = Open(inRows, PostgresStoreOptions.InDatabase, folder);
        await using var files = Open(inFiles, PostgresStoreOptions.InDirectory, folder);
        disk.Open();
        await rows.OpenAsync(CancellationToken.None);
        await files.OpenAsync(CancellationToken.None);
        foreach (var messages in (int[])[1, 8])
        {
            await CompareAsync(messages, ("disk", disk), ("postgres, files", files), ("postgres, rows", rows));
        }

        folder.Delete(recursive: true);
        return true;
    }

    private static PostgresMessageStore Open(PostgresDatabase database, string payload, DirectoryInfo folder)
        => new(
            new PostgresStoreOptions { ConnectionString = database.ConnectionString, Payload = payload, PayloadDirectory = Path.Combine(folder.FullName, "shared") },
            TimeProvider.System,
            NullLogger<PostgresMessageStore>.Instance);

    private static async Task CompareAsync(int messages, params (string Name, IMessageStore Store)[] stores)
    {
        var rates = stores.Select(_ => new List<double>()).ToArray();
        for (var run = -1; run < Runs; run++)
        {
            for (var index = 0; index < stores.Length; index++)
            {
                var store = stores[index].Store;
                var time = await Figures.TimeAsync(() => Task.WhenAll(Enumerable.Range(0, messages).Select(_ => Task.Run(() => WriteAsync(store, Bytes / messages)))));
                if (run >= 0)
                {
                    rates[index].Add(Bytes / Figures.MiB / time.TotalSeconds);
                }
            }
        }

        for (var index = 0; index < stores.Length; index++)
        {
            var ratio = Figures.Median(rates[index].Zip(rates[0], (rate, first) => rate / first));
            Console.WriteLine($"{messages} messages, {stores[index].Name,-15}: MiB/s {Figures.Spread(rates[index])}, {ratio:0.00} of disk");
        }
    }

    private static async Task WriteAsync(IMessageStore store, int bytes)
    {
        var now = TimeProvider.System.GetUtcNow();
        var key = MessageKey.Default(MessageId.NewVersion7(now));
        var record = new MessageRecord { CreatedAt = now, ExpiresAt = now.AddMinutes(1), Size = bytes };
        var claim = await store.ClaimAsync(key, record, CancellationToken.None);
        var chunk = new byte[ChunkBytes];
        new Random(1).NextBytes(chunk);
        var segments = new Segment[ChunksInWrite];
        for (var offset = 0L; offset < bytes; offset += ChunksInWrite * ChunkBytes)
        {
            for (var index = 0; index < segments.Length; index++)
            {
                segments[index] = new Segment(offset + (index * ChunkBytes), chunk);
            }

            await store.WriteAsync(key, claim.Epoch, new MessageWrite(segments, record with { Durable = [new ByteRange(0, offset + (ChunksInWrite * ChunkBytes))] }));
        }
    }
}
