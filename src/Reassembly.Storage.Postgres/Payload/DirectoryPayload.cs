using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Files.Folder;
using Reassembly.Storage.Files.Payload;
using Reassembly.Storage.Postgres.Claims;
using Reassembly.Storage.Postgres.Queries;
using Reassembly.Storage.Postgres.Writing;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>
/// Payload bytes in files on a volume that all nodes mount, in a folder by the store's name. Bytes are written and flushed, then the
/// record says in which owner's file they lie.
/// </summary>
internal sealed class DirectoryPayload : IPayloadPlace
{
    private const int ParallelFlushes = 8;
    private const int PageSize = 64;

    /// <summary>Where the bytes of ended messages lie, which never changes: reading one takes many calls.</summary>
    private const int MaxKnown = 256;

    /// <summary>How often files are looked for that a crash of this node or of another left. The first time is at the start.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromHours(1);

    private readonly Database _database;
    private readonly MessageFinder _finder;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PayloadProbe _probe;
    private readonly string _directory;
    private readonly string _list;
    private readonly string _forget;
    private readonly SemaphoreSlim _flushes = new(ParallelFlushes);
    private readonly ConcurrentDictionary<MessageKey, Place> _known = new();
    private PayloadFiles<PayloadFileKey>? _files;
    private string _root = string.Empty;
    private long _droppedTo;
    private long? _sweptAt;

    public DirectoryPayload(Database database, MessageFinder finder, string directory, TimeProvider time, ILogger logger, PayloadProbe probe)
    {
        _database = database;
        _finder = finder;
        _time = time;
        _logger = logger;
        _probe = probe;
        _directory = Path.GetFullPath(directory);
        finder.Seen = ForgetOthers;
        _list = $"SELECT no, extents FROM {database.Schema}.dropped WHERE no > $1 ORDER BY no LIMIT {PageSize}";
        _forget = $"DELETE FROM {database.Schema}.dropped WHERE no = ANY($1)";
    }

    public void Ensure(Guid name, bool isFirst)
    {
        _root = Path.Combine(_directory, name.ToString());
        if (isFirst)
        {
            Directory.CreateDirectory(_root);
            DirectorySync.Flush(_directory);
        }

        ThrowIfAway();
        _files ??= new PayloadFiles<PayloadFileKey>(_root, key => key.PathBelow(_root), _probe);
    }

    public async ValueTask<WriteJob> PrepareAsync(Claim claim, MessageWrite write)
    {
        if (write.Record.Outcome is { State: not OutcomeState.Committed })
        {
            return new WriteJob(claim, write, null, claim.Extents);
        }

        if (write.Segments.Count > 0)
        {
            await WriteAsync(claim, write.Segments).ConfigureAwait(false);
        }

        return new WriteJob(claim, write, null, claim.Extents.With(claim.Epoch, write.Segments, write.Record.Durable));
    }

    public async Task<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(key, out var place))
        {
            var row = await _finder.FindAsync(key, cancellationToken).ConfigureAwait(false);
            if (row is not { StoredBytes: > 0, Record: { Durable: [.., var last] } record } found)
            {
                return 0;
            }

            place = new Place(found.No, Extents.Decode(found.Extents), last.To);
            if (record.Outcome is not null)
            {
                Know(key, place);
            }
        }

        var reached = (int)Math.Clamp(place.End - offset, 0, destination.Length);
        try
        {
            await FillAsync(place, offset, destination[..reached], cancellationToken).ConfigureAwait(false);
            return reached;
        }
        catch (Exception exception) when (exception is StoreException or IOException or UnauthorizedAccessException)
        {
            if (_known.TryRemove(key, out _) && await _finder.FindAsync(key, cancellationToken).ConfigureAwait(false) is not { StoredBytes: > 0 })
            {
                // Purged since, and its files with it.
                return 0;
            }

            throw exception as StoreException ?? new StoreException($"a payload file in {_root} cannot be read: {exception.Message}", exception);
        }
    }

    public async Task<bool> DropAsync(CancellationToken cancellationToken)
    {
        if (_files is null)
        {
            // Not in service yet: the database has not said which folder it is.
            return false;
        }

        if (_sweptAt is not { } sweptAt || _time.GetElapsedTime(sweptAt) > SweepInterval)
        {
            _sweptAt = _time.GetTimestamp();
            var orphans = await new OrphanSweep(_database, _root, _logger).RunAsync(cancellationToken).ConfigureAwait(false);
            if (orphans > 0)
            {
                PostgresLog.OrphansRemoved(_logger, _database.Place, orphans);
            }
        }

        _files.CloseRemoved();
        var page = await _database.RunAsync((_list, _droppedTo), ListAsync, CancellationToken.None).ConfigureAwait(false);
        var removed = page.Where(entry => TryRemove(entry.No, Extents.Decode(entry.Extents))).Select(static entry => entry.No).ToArray();
        if (removed.Length > 0)
        {
            await _database.RunAsync((_forget, removed), ForgetAsync, CancellationToken.None).ConfigureAwait(false);
        }

        // What could not be removed must not keep what comes after it; the next round begins at the first again.
        var hasMore = page.Count == PageSize;
        _droppedTo = hasMore ? page[^1].No : 0;
        return hasMore;
    }

    public void Dispose()
    {
        _files?.Dispose();
        _flushes.Dispose();
    }

    public void ThrowIfAway()
    {
        if (!Directory.Exists(_root))
        {
            throw new IOException($"the payload directory {_directory} does not hold the folder {Path.GetFileName(_root)} of this store: is the shared volume mounted?");
        }
    }

    private async Task WriteAsync(Claim claim, IReadOnlyList<Segment> segments)
    {
        await _flushes.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.Run(() => Write(claim, segments)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"payload bytes cannot be written to {_root}: {exception.Message}", exception);
        }
        finally
        {
            _flushes.Release();
        }
    }

    private void Write(Claim claim, IReadOnlyList<Segment> segments)
    {
        // A volume that went away leaves an empty folder behind, which would take the bytes, and keep them from all others.
        ThrowIfAway();
        _files!.WriteAndFlush(new PayloadFileKey(claim.No, claim.Epoch), segments, isNew: !claim.HasFile);
        claim.HasFile = true;
    }

    private async Task FillAsync(Place place, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var filled = 0;
        foreach (var (epoch, range) in place.Extents.Within(new(offset, offset + destination.Length)))
        {
            var at = (int)(range.From - offset);
            destination.Span[filled..at].Clear();
            var part = destination.Slice(at, (int)range.Length);
            var key = new PayloadFileKey(place.No, epoch);
            var read = await _files!.ReadAsync(key, range.From, part, cancellationToken).ConfigureAwait(false);
            if (read != part.Length)
            {
                throw Lost(key, range.From + Math.Max(read, 0));
            }

            filled = at + part.Length;
        }

        destination.Span[filled..].Clear();
    }

    private StoreException Lost(PayloadFileKey key, long end)
    {
        var fault = $"the payload file {key.PathBelow(_root)} is gone or ends at byte {end}: somebody removed or cut it";
        PostgresLog.PayloadLost(_logger, fault);
        return new StoreException(fault);
    }

    private void ForgetOthers(MessageKey key, long no)
    {
        if (_known.TryGetValue(key, out var place) && place.No != no)
        {
            _known.TryRemove(key, out _);
        }
    }

    private void Know(MessageKey key, Place place)
    {
        if (_known.Count >= MaxKnown)
        {
            _known.Clear();
        }

        _known[key] = place;
    }

    private bool TryRemove(long no, Extents extents)
    {
        var all = true;
        foreach (var epoch in extents.Epochs)
        {
            var key = new PayloadFileKey(no, epoch);
            try
            {
                _files!.Delete(key);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                PostgresLog.NotRemoved(_logger, key.PathBelow(_root), exception);
                all = false;
            }
        }

        return all;
    }

    private static async Task<List<(long No, byte[] Extents)>> ListAsync(NpgsqlConnection connection, (string Sql, long After) what)
    {
        var page = new List<(long No, byte[] Extents)>();
        using var command = new NpgsqlCommand(what.Sql, connection).With(what.After);
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            page.Add((reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)));
        }

        return page;
    }

    private static async Task<bool> ForgetAsync(NpgsqlConnection connection, (string Sql, long[] Removed) what)
    {
        using var command = new NpgsqlCommand(what.Sql, connection).With(what.Removed);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false) > 0;
    }

    private readonly record struct Place(long No, Extents Extents, long End);
}
