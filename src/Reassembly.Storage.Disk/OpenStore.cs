using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Disk.Claims;
using Reassembly.Storage.Disk.Ledger;
using Reassembly.Storage.Disk.Payload;
using Reassembly.Storage.Files.Folder;
using Reassembly.Storage.Files.Payload;

namespace Reassembly.Storage.Disk;

/// <summary>
/// A folder in service. The way of a write: the owner book lets its epoch in, <see cref="PayloadWriter"/> makes its bytes durable,
/// <see cref="CatalogueWriter"/> its record, and the book is told that it is over.
/// </summary>
internal sealed class OpenStore : IDisposable
{
    internal const string CatalogueName = "catalogue.db";

    private readonly ILogger _logger;
    private readonly FaultLog _faults;
    private readonly PayloadPaths _paths;
    private readonly PayloadFiles<MessageKey> _files;
    private readonly CatalogueReaders _catalogue;
    private readonly CatalogueWriter _catalogueWriter;
    private readonly PayloadWriter _payloadWriter;
    private readonly UsageCounter _usage;
    private readonly OwnerBook _book;

    /// <summary>Opens the folder, whose lock this process holds.</summary>
    /// <param name="folder">Its full path.</param>
    /// <param name="opening">What depends on whether it was open before.</param>
    /// <param name="faults">Told of writes that fail.</param>
    /// <param name="logger">For what is not a write's fault.</param>
    /// <param name="probe">Called at each step.</param>
    /// <param name="onFailure">Called with every failure of the catalogue, on the thread that met it.</param>
    public OpenStore(string folder, Opening opening, FaultLog faults, ILogger logger, DiskStoreProbe probe, Action<OpenStore, Exception> onFailure)
    {
        _logger = logger;
        _faults = faults;
        _paths = new PayloadPaths(Path.Combine(folder, "payload"));
        Directory.CreateDirectory(_paths.Root);
        var cataloguePath = Path.Combine(folder, CatalogueName);
        var connection = CatalogueFile.Open(cataloguePath, opening.IsFirst ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
        try
        {
            CatalogueFile.Prepare(connection, cataloguePath);
            Generation = CatalogueFile.NextGeneration(connection, opening.Generation);
            LedgerStatements.TakeBack(connection);
            DirectorySync.Flush(folder);
            using (var reader = new CatalogueReader(cataloguePath))
            {
                _usage = new UsageCounter(reader.CountUsage());

                // Not when the catalogue comes back under a running process: it may be an old copy that knows less than the files.
                RemovedOrphans = opening.IsFirst ? OrphanSweep.Run(_paths, reader) : 0;
            }

            _book = new OwnerBook(Generation);
            _files = new PayloadFiles<MessageKey>(_paths.Root, _paths.PathOf, (step, path) => probe(StepOf(step), path));
            _catalogue = new CatalogueReaders(cataloguePath, exception => onFailure(this, exception));
            _catalogueWriter = new CatalogueWriter(cataloguePath, connection, _usage, faults, probe, exception => onFailure(this, exception));
            Ledger = new DiskLedger(_catalogue, _catalogueWriter);
            _payloadWriter = new PayloadWriter(_paths, _files, _catalogueWriter, faults);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public long Generation { get; }

    public int RemovedOrphans { get; }

    public StoreUsage Usage => _usage.Current;

    public PayloadFiles<MessageKey> Files => _files;

    public OwnerBook Book => _book;

    public DiskLedger Ledger { get; }

    public async ValueTask<MessageClaim> ClaimAsync(MessageKey key, CancellationToken cancellationToken)
    {
        var (owner, epoch) = await _book.TakeOverAsync(key, cancellationToken).ConfigureAwait(false);
        var row = Find(key);
        _book.Remember(owner, epoch, row?.Record, row?.StoredBytes ?? 0);
        return new MessageClaim(epoch, row?.Record);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write)
    {
        var owner = _book.Enter(key, epoch);
        var ended = false;
        try
        {
            var job = new WriteJob(owner, epoch, write, VerifyPayload);
            if (write.Segments.Count == 0 || job.DropsPayload || job.IsSmall)
            {
                _catalogueWriter.Add(job);
            }
            else if (!_payloadWriter.TryAdd(job))
            {
                throw new StoreException($"the store of {_paths.Root} is closed");
            }

            await job.Task.ConfigureAwait(false);
            ended = write.Record.Outcome is not null;
            if (job.DropsPayload)
            {
                Remove(key);
            }
        }
        finally
        {
            _book.Leave(owner, ended);
        }
    }

    /// <inheritdoc cref="IMessageStore.ReadAsync"/>
    public async ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            // What lies there has no byte beyond: a long payload is asked for there by its first read alone.
            if (offset <= SmallPayload.MaxBytes && _catalogue.Ask(key, static (reader, key) => reader.FindSmall(key)) is { } small)
            {
                var rest = small.AsSpan((int)Math.Min(offset, small.Length));
                rest = rest[..Math.Min(rest.Length, destination.Length)];
                rest.CopyTo(destination.Span);
                return rest.Length;
            }

            var read = await _files.ReadAsync(key, offset, destination, cancellationToken).ConfigureAwait(false);
            return read >= 0 ? read : Find(key) is { StoredBytes: > 0 } ? throw _faults.Lost(_paths.PathOf(key)) : 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"the payload file {_paths.PathOf(key)} cannot be read: {exception.Message}", exception);
        }
    }

    public Row? Find(MessageKey key) => _catalogue.Ask(key, static (reader, key) => reader.Find(key));

    public IReadOnlyList<MessageKey> ListOverdue(DateTimeOffset now, int limit)
        => _catalogue.Ask((now, limit), static (reader, ask) => reader.ListOverdue(ask.now, ask.limit));

    public async Task<IReadOnlyList<PurgedMessage>> PurgeAsync(DateTimeOffset now, int limit)
    {
        var job = new PurgeJob(now, limit, _book);
        _catalogueWriter.Add(job);
        var committed = false;
        try
        {
            await job.Task.ConfigureAwait(false);
            committed = true;
        }
        finally
        {
            foreach (var purged in job.Purged)
            {
                if (committed && purged.HasFile)
                {
                    Remove(purged.Key);
                }

                _book.Leave(purged.Owner, ended: true);
            }
        }

        return [.. job.Purged.Select(static purged => new PurgedMessage(purged.Key, purged.WasUndelivered))];
    }

    /// <summary>Finishes what waits, then closes everything.</summary>
    public void Dispose()
    {
        _payloadWriter.Dispose();
        _catalogueWriter.Dispose();
        _catalogue.Dispose();
        _files.Dispose();
    }

    private static DiskStoreStep StepOf(PayloadStep step) => step switch
    {
        PayloadStep.BeforeBytes => DiskStoreStep.BeforeBytes,
        PayloadStep.BytesWritten => DiskStoreStep.BytesWritten,
        PayloadStep.BytesFlushed => DiskStoreStep.BytesFlushed,
        PayloadStep.FolderFlushed => DiskStoreStep.FolderFlushed,
        PayloadStep.BeforeFileDelete => DiskStoreStep.BeforeFileDelete,
        _ => DiskStoreStep.FileDeleted,
    };

    /// <summary>Makes sure that the file of a message is there and reaches to <paramref name="end"/>.</summary>
    /// <exception cref="StoreException">It is not, or does not.</exception>
    private void VerifyPayload(MessageKey key, long end)
    {
        var file = new FileInfo(_paths.PathOf(key));
        if (!file.Exists)
        {
            throw _faults.Lost(file.FullName);
        }

        if (file.Length < end)
        {
            throw new StoreException($"the payload file {file.FullName} ends at byte {file.Length} of {end}: somebody cut it");
        }
    }

    private void Remove(MessageKey key)
    {
        try
        {
            _files.Delete(key);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            DiskLog.NotRemoved(_logger, _paths.PathOf(key), exception);
        }
    }
}

/// <param name="IsFirst">The first time in this process: the catalogue may be made, and orphans are removed.</param>
/// <param name="Generation">The lowest that epochs may begin with.</param>
internal readonly record struct Opening(bool IsFirst, long Generation);
