using Microsoft.Data.Sqlite;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Disk.Catalogue;

namespace Reassembly.Storage.Disk.Ledger;

/// <summary>Questions to the ledger over the connection of a <see cref="CatalogueReader"/>.</summary>
internal sealed class LedgerReader(SqliteConnection connection) : IDisposable
{
    private readonly Query _depths = new(connection, Depths("TRUE"));
    private readonly Query _depthsOf = new(connection, Depths("channel = $channel"), "$channel");

    private readonly Query _dead = new(
        connection,
        """
        SELECT tenant, id, sink, attempt, reason, since, committed FROM delivery
        WHERE state = 2 AND channel = $channel AND (committed, sink) > ($after, $sink) ORDER BY committed, sink LIMIT $limit
        """,
        "$channel", "$after", "$sink", "$limit");

    public IReadOnlyList<SinkDepth> ListDepths(string? channel)
    {
        var depths = new List<SinkDepth>();
        using var reader = channel is null ? _depths.Ask() : _depthsOf.Ask(channel);
        while (reader.Read())
        {
            depths.Add(new SinkDepth(
                reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), Time(reader, 5))
            {
                UnservedSince = Time(reader, 6),
            });
        }

        return depths;
    }

    public DeadLetterPage ListDead(string channel, DeadLetterPlace? after, int limit)
    {
        var dead = new List<DeadLetter>();
        DeadLetterPlace? last = null;
        using var reader = _dead.Ask(channel, after?.Committed ?? 0, after?.Sink ?? string.Empty, limit);
        while (reader.Read())
        {
            var letterKey = new MessageKey(reader.GetString(0), MessageId.Read(reader.GetFieldValue<byte[]>(1)));
            dead.Add(new DeadLetter(letterKey, reader.GetString(2), reader.GetInt32(3), reader.GetString(4), Time(reader.GetInt64(5))));
            last = new DeadLetterPlace(reader.GetInt64(6), reader.GetString(2));
        }

        return new DeadLetterPage(dead, dead.Count == limit ? last : null);
    }

    public void Dispose()
    {
        _depths.Dispose();
        _depthsOf.Dispose();
        _dead.Dispose();
    }

    /// <summary>What waits, counted from the index alone, in its order.</summary>
    private static string Depths(string which) => $"""
        SELECT channel, sink, count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2),
            min(since) FILTER (WHERE state <> 2), (SELECT u.since FROM unserved u WHERE u.channel = delivery.channel AND u.sink = delivery.sink)
        FROM delivery INDEXED BY delivery_depth WHERE {which} GROUP BY channel, sink ORDER BY channel, sink
        """;

    private static DateTimeOffset? Time(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : Time(reader.GetInt64(column));

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
