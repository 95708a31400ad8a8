using Microsoft.Data.Sqlite;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Disk.Catalogue;

namespace Reassembly.Storage.Disk.Ledger;

/// <summary>Questions to the ledger over the connection of a <see cref="CatalogueReader"/>.</summary>
internal sealed class LedgerReader(SqliteConnection connection) : IDisposable
{
    private readonly Statement _depths = new(
        connection,
        """
        SELECT channel, sink, count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2),
            min(since) FILTER (WHERE state <> 2)
        FROM delivery WHERE $channel IS NULL OR channel = $channel GROUP BY channel, sink ORDER BY channel, sink
        """,
        "$channel");

    private readonly Statement _place = new(connection, "SELECT committed FROM message WHERE id = $id AND tenant = $tenant AND committed IS NOT NULL", "$id", "$tenant");

    private readonly Statement _dead = new(
        connection,
        """
        SELECT tenant, id, sink, attempt, reason, since FROM delivery
        WHERE state = 2 AND channel = $channel AND committed > $after ORDER BY committed, sink LIMIT $limit
        """,
        "$channel", "$after", "$limit");

    public IReadOnlyList<SinkDepth> ListDepths(string? channel)
    {
        var depths = new List<SinkDepth>();
        using var reader = _depths.Query(channel);
        while (reader.Read())
        {
            depths.Add(new SinkDepth(
                reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.IsDBNull(5) ? null : Time(reader.GetInt64(5))));
        }

        return depths;
    }

    /// <summary>A message that is not there any more gives no place: the list begins at the first again, and repeats rather than skips.</summary>
    public IReadOnlyList<DeadLetter> ListDead(string channel, MessageKey? after, int limit)
    {
        var dead = new List<DeadLetter>();
        using var reader = _dead.Query(channel, after is { } key ? PlaceOf(key) : 0, limit);
        while (reader.Read())
        {
            var letterKey = new MessageKey(reader.GetString(0), MessageId.Read(reader.GetFieldValue<byte[]>(1)));
            dead.Add(new DeadLetter(letterKey, reader.GetString(2), reader.GetInt32(3), reader.GetString(4), Time(reader.GetInt64(5))));
        }

        return dead;
    }

    public void Dispose()
    {
        _depths.Dispose();
        _place.Dispose();
        _dead.Dispose();
    }

    private long PlaceOf(MessageKey key)
    {
        using var reader = _place.Query(CatalogueReader.IdBytes(key.Id), key.Tenant);
        return reader.Read() ? reader.GetInt64(0) : 0;
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
