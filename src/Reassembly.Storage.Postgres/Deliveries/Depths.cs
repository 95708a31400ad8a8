using Npgsql;
using Reassembly.Core.Storage;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>Counts what waits, by reading all entries.</summary>
internal sealed class Depths(Database database)
{
    private readonly string _count = $"""
        SELECT channel, sink, count(*) FILTER (WHERE state = {Entry.Waits}), count(*) FILTER (WHERE state = {Entry.Taken}), count(*) FILTER (WHERE state = {Entry.Dead}),
            min(since) FILTER (WHERE state <> {Entry.Dead}), (SELECT u.since FROM {database.Schema}.unserved u WHERE u.channel = d.channel AND u.sink = d.sink)
        FROM {database.Schema}.delivery d WHERE $1 IS NULL OR channel = $1 GROUP BY channel, sink ORDER BY channel, sink
        """;

    /// <inheritdoc cref="IDeliveryLedger.ListDepthsAsync"/>
    public Task<IReadOnlyList<SinkDepth>> ListAsync(string? channel, CancellationToken cancellationToken) => database.RunAsync(channel, ListAsync, cancellationToken);

    private async Task<IReadOnlyList<SinkDepth>> ListAsync(NpgsqlConnection connection, string? channel)
    {
        using var command = new NpgsqlCommand(_count, connection).With(channel);
        var depths = new List<SinkDepth>();
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            depths.Add(new SinkDepth(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), Time(reader, 5))
            {
                UnservedSince = Time(reader, 6),
            });
        }

        return depths;
    }

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column)
        => reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetInt64(column), TimeSpan.Zero);
}
