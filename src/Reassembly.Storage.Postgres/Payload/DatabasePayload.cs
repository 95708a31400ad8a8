using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Postgres.Claims;
using Reassembly.Storage.Postgres.Writing;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>Payload bytes in rows beside the records, and in the same transaction.</summary>
internal sealed class DatabasePayload(Database database, ChunkReader reader) : IPayloadPlace
{
    private const int PageRows = 64;

    private readonly string _drop = $"""
        WITH one AS MATERIALIZED (SELECT no FROM {database.Schema}.dropped ORDER BY no LIMIT 1 FOR UPDATE SKIP LOCKED),
        page AS MATERIALIZED (SELECT c.no, c."offset", c.epoch, c.turn FROM {database.Schema}.chunk c WHERE c.no = (SELECT no FROM one) LIMIT {PageRows}),
        gone AS (DELETE FROM {database.Schema}.chunk c USING page p WHERE c.no = p.no AND c."offset" = p."offset" AND c.epoch = p.epoch AND c.turn = p.turn),
        done AS (DELETE FROM {database.Schema}.dropped WHERE no = (SELECT no FROM one) AND (SELECT count(*) FROM page) < {PageRows})
        SELECT count(*) FROM one
        """;

    public void Ensure(Guid name, bool isFirst)
    {
    }

    public void ThrowIfAway()
    {
    }

    public ValueTask<WriteJob> PrepareAsync(Claim claim, MessageWrite write)
    {
        var drops = write.Record.Outcome is { State: not OutcomeState.Committed };
        return ValueTask.FromResult(new WriteJob(claim, write, new ChunkRows(drops ? [] : write.Segments), Extents.None));
    }

    public Task<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
        => reader.ReadAsync(key, offset, destination, cancellationToken);

    public Task<bool> DropAsync(CancellationToken cancellationToken) => database.RunAsync(_drop, DropAsync, cancellationToken);

    public void Dispose()
    {
    }

    private static async Task<bool> DropAsync(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync().ConfigureAwait(false))! > 0;
    }
}
