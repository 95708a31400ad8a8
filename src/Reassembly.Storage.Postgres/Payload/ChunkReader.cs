using System.Data;
using Npgsql;
using Reassembly.Core;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>
/// Reads payload bytes that lie in the database: of each row only what is asked for. Rows come by offset and meet end to end; where
/// bytes were written over they overlap, and the later write wins.
/// </summary>
internal sealed class ChunkReader
{
    private readonly Database _database;
    private readonly MessageFinder _finder;
    private readonly string _byOffset;
    private readonly string _byAge;

    public ChunkReader(Database database, MessageFinder finder)
    {
        _database = database;
        _finder = finder;

        // The longest row bounds how far before the first byte a row can begin that holds it.
        var read = $"""
            SELECT c."offset", substring(c.data FROM (greatest($3 - c."offset", 0) + 1)::int FOR ($4 - greatest(c."offset", $3))::int)
            FROM {database.Schema}.message m JOIN {database.Schema}.chunk c ON c.no = m.no
            WHERE m.id = $1 AND m.tenant = $2 AND m.stored > 0 AND c."offset" > $3 - {ChunkRows.MaxRowBytes} AND c."offset" < $4
            ORDER BY
            """;
        _byOffset = $"""{read} c."offset" """;
        _byAge = $"{read} c.epoch, c.turn";
    }

    public async Task<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            return 0;
        }

        // The memory is the caller's again as soon as this ends, so a token cannot end the wait alone.
        cancellationToken.ThrowIfCancellationRequested();
        var read = await _database.RunAsync((key, offset, destination), ReadByOffsetAsync, CancellationToken.None).ConfigureAwait(false)
            ?? await _database.RunAsync((key, offset, destination), ReadByAgeAsync, CancellationToken.None).ConfigureAwait(false);
        if (read == destination.Length)
        {
            return read;
        }

        // Seldom: the end of a message, or a gap at the end of what is asked for.
        var row = await _finder.FindAsync(key, cancellationToken).ConfigureAwait(false);
        var end = row is { StoredBytes: > 0, Record.Durable: [.., var last] } ? last.To : 0;
        var reached = (int)Math.Clamp(end - offset, 0, destination.Length);
        if (reached > read)
        {
            destination.Span[read..reached].Clear();
        }

        return Math.Max(read, reached);
    }

    /// <returns>How much is filled; null where rows overlap.</returns>
    private async Task<int?> ReadByOffsetAsync(NpgsqlConnection connection, (MessageKey Key, long Offset, Memory<byte> Destination) what)
    {
        using var command = Command(_byOffset, connection, what);
        var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        var filled = 0;
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var at = (int)Math.Max(reader.GetInt64(0) - what.Offset, 0);
            var bytes = await reader.GetStreamAsync(1).ConfigureAwait(false);
            await using var __ = bytes.ConfigureAwait(false);
            var length = (int)bytes.Length;
            if (length == 0)
            {
                continue;
            }

            if (at < filled)
            {
                return null;
            }

            what.Destination.Span[filled..at].Clear();
            await bytes.ReadExactlyAsync(what.Destination.Slice(at, length)).ConfigureAwait(false);
            filled = at + length;
        }

        return filled;
    }

    private async Task<int> ReadByAgeAsync(NpgsqlConnection connection, (MessageKey Key, long Offset, Memory<byte> Destination) what)
    {
        using var command = Command(_byAge, connection, what);
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        what.Destination.Span.Clear();
        var filled = 0;
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var at = (int)Math.Max(reader.GetInt64(0) - what.Offset, 0);
            var bytes = reader.GetFieldValue<byte[]>(1);
            bytes.CopyTo(what.Destination[at..]);
            filled = bytes.Length > 0 ? Math.Max(filled, at + bytes.Length) : filled;
        }

        return filled;
    }

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, (MessageKey Key, long Offset, Memory<byte> Destination) what)
        => new NpgsqlCommand(sql, connection).With(what.Key).With(what.Offset).With(what.Offset + what.Destination.Length);
}
