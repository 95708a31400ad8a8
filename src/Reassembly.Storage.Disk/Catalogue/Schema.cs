using Microsoft.Data.Sqlite;
using Reassembly.Protocol;
using Reassembly.Storage.Files.Records;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>
/// The tables, as the scripts that lead from each version to the next: an empty database runs them all, an older one the rest. A script
/// that was once released is never changed.
/// </summary>
internal static class Schema
{
    // Times are UTC ticks. state: 0 open, else the outcome plus one. The partial indexes hold only the rows they are asked about,
    // so that ended messages do not slow the sweeper and delivered ones not the pump.
    private const string Version1 = """
        CREATE TABLE message (
            tenant TEXT NOT NULL,
            id BLOB NOT NULL,
            epoch INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            size INTEGER,
            stored INTEGER NOT NULL,
            ranges BLOB NOT NULL,
            open BLOB,
            outcome BLOB,
            state INTEGER NOT NULL,
            delivery INTEGER NOT NULL,
            committed INTEGER,
            PRIMARY KEY (id, tenant)) WITHOUT ROWID;
        CREATE INDEX message_open ON message (expires_at) WHERE state = 0;
        CREATE INDEX message_ended ON message (expires_at) WHERE state <> 0 AND delivery <> 1;
        CREATE INDEX message_undelivered ON message (committed) WHERE delivery = 1;
        CREATE TABLE start (generation INTEGER NOT NULL);
        INSERT INTO start VALUES (0);
        PRAGMA user_version = 1;
        """;

    // The ledger of deliveries. state: 0 waits, 1 is taken, 2 is a dead letter. ready: it can be taken now; otherwise due says from when
    // on it can be, and null that it cannot: a dead letter, or taken for as long as the process lives. What was taken for a time that is
    // over is ready and still taken, until somebody else takes it. Two indexes, so that what is to be tried again much later is not in
    // the way of what is ready: a look first makes ready what is due. binds: the sink is one that messages are kept for.
    //
    // What was pending in version 1 was so for the sinks of that time; who had it already was not known. Its directory recognises it.
    private const string Version2 = """
        CREATE TABLE delivery (
            id BLOB NOT NULL,
            tenant TEXT NOT NULL,
            sink TEXT NOT NULL,
            channel TEXT NOT NULL,
            binds INTEGER NOT NULL,
            committed INTEGER NOT NULL,
            since INTEGER NOT NULL,
            state INTEGER NOT NULL,
            ready INTEGER NOT NULL,
            due INTEGER,
            attempt INTEGER NOT NULL,
            reason TEXT,
            PRIMARY KEY (id, tenant, sink)) WITHOUT ROWID;
        CREATE INDEX delivery_ready ON delivery (sink, committed) WHERE ready = 1;
        CREATE INDEX delivery_due ON delivery (sink, due) WHERE due IS NOT NULL;
        CREATE INDEX delivery_dead ON delivery (channel, committed, sink) WHERE state = 2;
        INSERT INTO delivery (id, tenant, sink, channel, binds, committed, since, state, ready, attempt)
            SELECT id, tenant, 'directory', channel_of(open), 1, committed, created_at, 0, 1, 0
            FROM message WHERE delivery = 1 AND committed IS NOT NULL;
        DROP INDEX message_undelivered;
        PRAGMA user_version = 2;
        """;

    // claim: what whoever settles an entry must give that was taken for a time. The indexes are for configured sinks, whose channels are served one
    // by one: what is ready of each, and how much is taken; delivery_depth is all that a count of what waits reads. unserved: channels and sinks of which
    // something waits, while this program has no such sink.
    private const string Version3 = """
        ALTER TABLE delivery ADD COLUMN claim BLOB;
        CREATE INDEX delivery_next ON delivery (sink, channel, committed) WHERE ready = 1 AND binds = 1;
        CREATE INDEX delivery_held ON delivery (sink, channel) WHERE state = 1 AND ready = 0 AND binds = 1;
        CREATE INDEX delivery_depth ON delivery (channel, sink, state, since);
        CREATE TABLE unserved (
            channel TEXT NOT NULL,
            sink TEXT NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (channel, sink)) WITHOUT ROWID;
        PRAGMA user_version = 3;
        """;

    // Payloads too small for a file of their own, by the place of their commit: always growing, so that a row is added at the end of the table.
    private const string Version4 = """
        CREATE TABLE small_payload (committed INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
        PRAGMA user_version = 4;
        """;

    private static readonly string[] Scripts = [Version1, Version2, Version3, Version4];

    /// <summary>The version that this program works with.</summary>
    public static int Version => Scripts.Length;

    /// <summary>Leads a database from one version to this program's, or to an earlier one, each step whole or not at all.</summary>
    public static void Migrate(SqliteConnection connection, long from, int to)
    {
        connection.CreateFunction("channel_of", static (byte[]? open) => ChannelOf(open));
        for (var version = from; version < to; version++)
        {
            CatalogueFile.Execute(connection, $"BEGIN IMMEDIATE; {Scripts[version]} COMMIT;");
        }
    }

    /// <summary>A description that cannot be read must not keep the whole catalogue from its next version.</summary>
    private static string ChannelOf(byte[]? open)
    {
        try
        {
            return open is null ? WireProtocol.DefaultChannel : ControlBytes.ReadOpen(open).Channel ?? WireProtocol.DefaultChannel;
        }
        catch (InvalidDataException)
        {
            return WireProtocol.DefaultChannel;
        }
    }
}
