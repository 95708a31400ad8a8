using Microsoft.Data.Sqlite;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Disk.Catalogue;

namespace Reassembly.Storage.Disk.Ledger;

/// <summary>
/// Every statement that changes the ledger of deliveries, prepared on the connection that writes. Whatever changes what keeps a message
/// sets the state in its record, in the same transaction.
/// </summary>
internal sealed class LedgerStatements : IDisposable
{
    /// <summary>That a sink is just getting the message of the row, by <c>$now</c>.</summary>
    public const string IsUnderWay = """
        EXISTS (SELECT 1 FROM delivery WHERE delivery.id = message.id AND delivery.tenant = message.tenant
            AND delivery.state = 1 AND ready = 0 AND coalesce(due > $now, 1))
        """;

    /// <summary>Makes ready what is due.</summary>
    public const string Wake = "UPDATE delivery SET ready = 1, due = NULL WHERE sink = $sink AND due <= $now";

    // Each commit has a number of its own, so the last of the first few gives their range.
    public const string TakeReady = """
        UPDATE delivery SET state = 1, ready = 0, due = $until, claim = $claim, attempt = attempt + 1
        WHERE ready = 1 AND sink = $sink AND committed <= (SELECT max(committed) FROM (
            SELECT committed FROM delivery WHERE ready = 1 AND sink = $sink ORDER BY committed LIMIT $limit))
        RETURNING tenant, id, attempt, committed
        """;

    /// <summary>Takes the first that is ready of a channel, unless enough are taken.</summary>
    public const string TakeNextReady = """
        UPDATE delivery SET state = 1, ready = 0, due = NULL, claim = NULL, attempt = attempt + 1
        WHERE ready = 1 AND binds = 1 AND sink = $sink AND channel = $channel AND committed = (
            SELECT min(committed) FROM delivery INDEXED BY delivery_next WHERE ready = 1 AND binds = 1 AND sink = $sink AND channel = $channel)
        AND (SELECT count(*) FROM delivery INDEXED BY delivery_held WHERE state = 1 AND ready = 0 AND binds = 1 AND sink = $sink AND channel = $channel) < $most
        RETURNING tenant, id, attempt
        """;

    /// <summary>The channels of which something is ready, by jumping from one to the next in the index.</summary>
    public const string ReadyChannels = """
        WITH RECURSIVE c (channel) AS (
            SELECT (SELECT min(channel) FROM delivery WHERE ready = 1 AND binds = 1 AND sink = $sink)
            UNION ALL
            SELECT (SELECT min(channel) FROM delivery WHERE ready = 1 AND binds = 1 AND sink = $sink AND channel > c.channel) FROM c WHERE c.channel IS NOT NULL)
        SELECT channel FROM c WHERE channel IS NOT NULL
        """;

    private const string OfMessage = "id = $id AND tenant = $tenant";
    private const string UnderWay = $"{OfMessage} AND sink = $sink AND state = 1 AND attempt = $attempt AND claim IS $claim";
    private const string DeadOfMessage = $"{OfMessage} AND channel = $channel AND state = 2";

    private readonly Statement _add;
    private readonly Statement _wake;
    private readonly Query _take;
    private readonly Query _takeNext;
    private readonly Query _channels;
    private readonly Statement _delivered;
    private readonly Statement _settle;
    private readonly Statement _served;
    private readonly Statement _unserved;
    private readonly Statement _bury;
    private readonly Statement _revive;
    private readonly Statement _drop;
    private readonly Statement _forget;
    private readonly Statement _mark;

    public LedgerStatements(SqliteConnection connection)
    {
        // An entry may be there: when it is not known whether a commit was made, the write is repeated.
        _add = new Statement(
            connection,
            """
            INSERT INTO delivery (id, tenant, sink, channel, binds, committed, since, state, ready, attempt)
            VALUES ($id, $tenant, $sink, $channel, $binds, $committed, $since, 0, 1, 0)
            ON CONFLICT (id, tenant, sink) DO UPDATE SET committed = excluded.committed
            """,
            "$id", "$tenant", "$sink", "$channel", "$binds", "$committed", "$since");
        _wake = new Statement(connection, Wake, "$sink", "$now");
        _take = new Query(connection, TakeReady, "$sink", "$limit", "$until", "$claim");
        _takeNext = new Query(connection, TakeNextReady, "$sink", "$channel", "$most");
        _channels = new Query(connection, ReadyChannels, "$sink");
        _delivered = new Statement(connection, $"DELETE FROM delivery WHERE {UnderWay}", "$id", "$tenant", "$sink", "$attempt", "$claim");
        _settle = new Statement(
            connection,
            $"UPDATE delivery SET state = $state, ready = 0, due = $due, reason = $reason WHERE {UnderWay}",
            "$id", "$tenant", "$sink", "$attempt", "$claim", "$state", "$due", "$reason");
        _served = new Statement(connection, "DELETE FROM unserved WHERE channel = $channel AND sink = $sink", "$channel", "$sink");
        _unserved = new Statement(
            connection, "INSERT INTO unserved (channel, sink, since) VALUES ($channel, $sink, $since) ON CONFLICT DO NOTHING", "$channel", "$sink", "$since");
        _bury = new Statement(
            connection,
            """
            UPDATE delivery SET state = 2, ready = 0, due = NULL, reason = $reason
            WHERE state = 0 AND binds = 1 AND (id, tenant, sink) IN (
                SELECT d.id, d.tenant, d.sink FROM delivery d JOIN unserved u ON u.channel = d.channel AND u.sink = d.sink
                WHERE d.channel = $channel AND d.sink = $sink AND d.state = 0 AND d.binds = 1 AND d.since <= $before AND u.since <= $before
                ORDER BY d.committed LIMIT $limit)
            """,
            "$channel", "$sink", "$before", "$reason", "$limit");
        _revive = new Statement(
            connection, $"UPDATE delivery SET state = 0, ready = 1, attempt = 0, reason = NULL WHERE {DeadOfMessage}", "$id", "$tenant", "$channel");
        _drop = new Statement(connection, $"DELETE FROM delivery WHERE {DeadOfMessage}", "$id", "$tenant", "$channel");
        _forget = new Statement(connection, $"DELETE FROM delivery WHERE {OfMessage}", "$id", "$tenant");
        _mark = new Statement(
            connection,
            $"""
            UPDATE message SET delivery = CASE
                WHEN EXISTS (SELECT 1 FROM delivery WHERE {OfMessage} AND (binds = 1 OR state = 2)) THEN {(int)DeliveryState.Pending}
                ELSE $otherwise END
            WHERE {OfMessage}
            """,
            "$id", "$tenant", "$otherwise");
    }

    /// <summary>What was taken for as long as the process lives waits again: it belongs to the one before this, or to a time before the catalogue broke.</summary>
    public static void TakeBack(SqliteConnection connection)
        => CatalogueFile.Execute(connection, "UPDATE delivery SET state = 0, ready = 1 WHERE state = 1 AND ready = 0 AND due IS NULL");

    /// <summary>Puts an entry in for each sink of a plan.</summary>
    public void Add(MessageKey key, long committed, DeliveryPlan plan)
    {
        var id = CatalogueReader.IdBytes(key.Id);
        foreach (var sink in plan.Sinks)
        {
            _add.Execute(id, key.Tenant, sink, plan.Channel, SinkNames.IsBinding(sink) ? 1 : 0, committed, plan.Since.UtcTicks);
        }
    }

    public IReadOnlyList<DeliveryAttempt> Take(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim)
    {
        _wake.Execute(sink, now.UtcTicks);
        var taken = new List<(long Committed, DeliveryAttempt Attempt)>();
        using (var reader = _take.Ask(sink, limit, claim?.Until.UtcTicks, BytesOf(claim?.Token)))
        {
            while (reader.Read())
            {
                var key = new MessageKey(reader.GetString(0), MessageId.Read(reader.GetFieldValue<byte[]>(1)));
                taken.Add((reader.GetInt64(3), new DeliveryAttempt(key, sink, reader.GetInt32(2), claim?.Token)));
            }
        }

        // What an update returns comes in any order.
        taken.Sort(static (left, right) => left.Committed.CompareTo(right.Committed));
        return [.. taken.Select(static one => one.Attempt)];
    }

    /// <summary>The entry of a configured sink: for those of subscribers there is no such order.</summary>
    public DeliveryAttempt? TakeNext(string sink, string channel, int most, DateTimeOffset now)
    {
        _wake.Execute(sink, now.UtcTicks);
        using var reader = _takeNext.Ask(sink, channel, most);
        return reader.Read()
            ? new DeliveryAttempt(new MessageKey(reader.GetString(0), MessageId.Read(reader.GetFieldValue<byte[]>(1))), sink, reader.GetInt32(2))
            : null;
    }

    public IReadOnlyList<string> ListChannels(string sink, DateTimeOffset now)
    {
        _wake.Execute(sink, now.UtcTicks);
        var channels = new List<string>();
        using var reader = _channels.Ask(sink);
        while (reader.Read())
        {
            channels.Add(reader.GetString(0));
        }

        return channels;
    }

    public bool Settle(DeliveryAttempt attempt, DeliveryResult result)
    {
        var (key, sink, number, token) = attempt;
        var id = CatalogueReader.IdBytes(key.Id);
        var claim = BytesOf(token);
        var settled = result.End switch
        {
            DeliveryEnd.Delivered => _delivered.Execute(id, key.Tenant, sink, number, claim),
            DeliveryEnd.Again => _settle.Execute(id, key.Tenant, sink, number, claim, 0, result.NotBefore.UtcTicks, null),
            _ => _settle.Execute(id, key.Tenant, sink, number, claim, 2, null, result.Reason ?? string.Empty),
        };
        if (settled > 0 && result.End != DeliveryEnd.Again)
        {
            Mark(key, DeliveryState.Delivered);
        }

        return settled > 0;
    }

    public int NoteServed(string channel, string sink, bool isServed, DateTimeOffset now)
        => isServed ? _served.Execute(channel, sink) : _unserved.Execute(channel, sink, now.UtcTicks);

    /// <summary>Makes dead letters; the record of a message that is kept for a sink says the same of one that has a dead letter.</summary>
    public int Bury(string channel, string sink, DateTimeOffset before, string reason, int limit) => _bury.Execute(channel, sink, before.UtcTicks, reason, limit);

    /// <returns>How many dead letters there were.</returns>
    public int Revive(MessageKey key, string channel) => Decide(_revive, key, channel, DeliveryState.Pending);

    /// <returns>How many dead letters there were.</returns>
    public int Drop(MessageKey key, string channel) => Decide(_drop, key, channel, DeliveryState.Delivered);

    /// <summary>Drops all entries of a message.</summary>
    public void Forget(MessageKey key) => _forget.Execute(CatalogueReader.IdBytes(key.Id), key.Tenant);

    public void Dispose()
    {
        foreach (var statement in new IDisposable[] { _add, _wake, _take, _takeNext, _channels, _delivered, _settle, _served, _unserved, _bury, _revive, _drop, _forget, _mark })
        {
            statement.Dispose();
        }
    }

    private int Decide(Statement decision, MessageKey key, string channel, DeliveryState otherwise)
    {
        var decided = decision.Execute(CatalogueReader.IdBytes(key.Id), key.Tenant, channel);
        if (decided > 0)
        {
            Mark(key, otherwise);
        }

        return decided;
    }

    private static byte[]? BytesOf(Guid? token) => token?.ToByteArray(bigEndian: true);

    /// <summary>Sets what the record says.</summary>
    /// <param name="key">The message.</param>
    /// <param name="otherwise">What it says where nothing keeps the message.</param>
    private void Mark(MessageKey key, DeliveryState otherwise) => _mark.Execute(CatalogueReader.IdBytes(key.Id), key.Tenant, (int)otherwise);
}
