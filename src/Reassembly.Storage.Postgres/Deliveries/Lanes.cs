using Npgsql;
using Reassembly.Core.Storage;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>Which channels have something for a configured sink, found by jumping from one to the next in the index.</summary>
internal sealed class Lanes(Database database)
{
    /// <summary>That an entry can be taken and is of a configured sink, as the index says it.</summary>
    public const string IsOpen = $"state < 2 AND due < 9223372036854775807 AND {IsBinding}";

    /// <summary>That an entry is of a configured sink, as the indexes say it.</summary>
    public const string IsBinding = "NOT starts_with(sink, 'subscribers:')";

    private readonly string _list = $"""
        WITH RECURSIVE c (channel) AS (
            SELECT (SELECT min(channel) FROM {database.Schema}.delivery WHERE sink = $1 AND {IsOpen})
            UNION ALL
            SELECT (SELECT min(channel) FROM {database.Schema}.delivery WHERE sink = $1 AND {IsOpen} AND channel > c.channel) FROM c WHERE c.channel IS NOT NULL)
        SELECT channel FROM c
        WHERE channel IS NOT NULL AND EXISTS (SELECT FROM {database.Schema}.delivery WHERE sink = $1 AND {IsOpen} AND delivery.channel = c.channel AND due <= $2)
        """;

    /// <inheritdoc cref="IDeliveryLedger.ListChannelsAsync"/>
    public Task<IReadOnlyList<string>> ListAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken)
        => database.RunAsync((sink, now.UtcTicks), ListAsync, cancellationToken);

    private async Task<IReadOnlyList<string>> ListAsync(NpgsqlConnection connection, (string Sink, long Now) what)
    {
        using var command = new NpgsqlCommand(_list, connection).With(what.Sink).With(what.Now);
        var channels = new List<string>();
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            channels.Add(reader.GetString(0));
        }

        return channels;
    }
}
