using Microsoft.Extensions.Logging.Abstractions;
using Reassembly.Benchmarks.Reporting;
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
    private const int WarmUps = 1;
    private const int Runs = 5;

    public static async Task RunAsync(Report report)
    {
        if (PostgresServer.MissingBinaries is { } missing)
        {
            report.Note($"not run, {missing}");
            return;
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
            await CompareAsync(report, messages, ("disk", disk), ("postgres, files", files), ("postgres, rows", rows));
        }

        folder.Delete(recursive: true);
    }

    private static PostgresMessageStore Open(PostgresDatabase database, string payload, DirectoryInfo folder)
        => new(
            new PostgresStoreOptions { ConnectionString = database.ConnectionString, Payload = payload, PayloadDirectory = Path.Combine(folder.FullName, "shared") },
            TimeProvider.System,
            NullLogger<PostgresMessageStore>.Instance);

    private static async Task CompareAsync(Report report, int messages, params (string Name, IMessageStore Store)[] stores)
    {
        var rates = await Rounds.RunAsync(WarmUps, Runs, [.. stores.Select(of => (Func<Task<double>>)(() => RateAsync(of.Store, messages)))]);
        for (var index = 0; index < stores.Length; index++)
        {
            report.Add($"{messages} messages, {stores[index].Name}", "MiB/s", rates[index]);
        }

        for (var index = 1; index < stores.Length; index++)
        {
            report.Add($"{messages} messages, {stores[index].Name} / {stores[0].Name}", "ratio", Figures.Ratios(rates[index], rates[0]));
        }
    }

    private static async Task<double> RateAsync(IMessageStore store, int messages)
    {
        var bytes = Effort.Of(Bytes / messages, of: ChunksInWrite * ChunkBytes);
        var time = await Figures.TimeAsync(() => Task.WhenAll(Enumerable.Range(0, messages).Select(_ => Task.Run(() => WriteAsync(store, bytes)))));
        return (double)bytes * messages / Figures.MiB / time.TotalSeconds;
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
