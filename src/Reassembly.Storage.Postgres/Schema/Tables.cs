namespace Reassembly.Storage.Postgres.Schema;

/// <summary>Every statement that makes tables, one script a version; what was released is never changed, only followed by another.</summary>
internal static class Tables
{
    // Times of messages are UTC ticks of the nodes' clocks; times of leases are the database's own.
    //
    // message.state: -1 claimed and never written, 0 open, else the outcome plus one. A message that is open has an owner; programs of
    // version 1 also keep one whose delivery is pending, and hand it on themselves. due is expires_at in steps of 30 s: an index on it leaves nearly every write a heap-only update, which expires_at,
    // moving with every write, would not.
    //
    // chunk has no key to message and its rows no owner's lock: they are put in before the message's row is touched, so that a node
    // that stops half-way through a transaction holds no lock that a successor waits for. epoch keeps two owners' rows apart until then;
    // with turn, which counts an owner's writes, it says which of two rows is the later where bytes were written over.
    private const string Version1 = """
        CREATE TABLE node (
            no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            beat_at timestamptz NOT NULL DEFAULT clock_timestamp()) WITH (fillfactor = 50);
        CREATE SEQUENCE epoch;
        CREATE SEQUENCE committed;
        CREATE TABLE message (
            no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            tenant text COLLATE "C" NOT NULL,
            id uuid NOT NULL,
            epoch bigint NOT NULL,
            owner bigint,
            previous bigint,
            created_at bigint NOT NULL,
            expires_at bigint NOT NULL,
            due bigint NOT NULL GENERATED ALWAYS AS (expires_at / 300000000) STORED,
            size bigint,
            stored bigint NOT NULL DEFAULT 0,
            ranges bytea NOT NULL DEFAULT '',
            extents bytea NOT NULL DEFAULT '',
            open bytea,
            outcome bytea,
            state smallint NOT NULL DEFAULT -1,
            delivery smallint NOT NULL DEFAULT 0,
            committed bigint,
            UNIQUE (id, tenant)) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
        CREATE INDEX message_open ON message (due) WHERE state = 0;
        CREATE INDEX message_over ON message (due) WHERE state <> 0 AND delivery <> 1;
        CREATE INDEX message_owned ON message (owner, committed) WHERE owner IS NOT NULL;
        CREATE TABLE chunk (
            no bigint NOT NULL,
            "offset" bigint NOT NULL,
            epoch bigint NOT NULL,
            turn bigint NOT NULL,
            data bytea NOT NULL,
            PRIMARY KEY (no, "offset", epoch, turn)) WITH (autovacuum_vacuum_scale_factor = 0.05);
        ALTER TABLE chunk ALTER COLUMN data SET STORAGE EXTERNAL;
        CREATE TABLE dropped (
            no bigint PRIMARY KEY,
            extents bytea NOT NULL);
        """;

    // delivery: an entry for each committed message and each sink that is to get it. state: 0 waits, not before due; 1 taken, until due; 3 a
    // dead letter, and reason says why. due is the highest number where an entry was taken for as long as its taker lives: it then has an
    // owner, and is in no index that a taker reads. Each step of an entry changes an indexed column, and due among them costs nothing more.
    // The key to message is for nodes of version 1, which purge messages and know nothing of this table.
    private const string Version2 = """
        CREATE TABLE delivery (
            no bigint NOT NULL REFERENCES message ON DELETE CASCADE,
            sink text COLLATE "C" NOT NULL,
            channel text COLLATE "C" NOT NULL,
            committed bigint NOT NULL,
            since bigint NOT NULL,
            state smallint NOT NULL DEFAULT 0,
            attempt int NOT NULL DEFAULT 0,
            due bigint NOT NULL DEFAULT 0,
            owner bigint,
            reason text,
            PRIMARY KEY (no, sink)) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
        CREATE INDEX delivery_waiting ON delivery (sink, committed, due) WHERE state < 2 AND due < 9223372036854775807;
        CREATE INDEX delivery_dead ON delivery (channel, committed, sink) WHERE state = 3;
        CREATE INDEX delivery_owned ON delivery (owner) WHERE owner IS NOT NULL;
        """;

    // claim: what whoever settles an entry must give that was taken for a time. Nodes of version 2 ask for none. The indexes are for configured sinks,
    // whose channels are served one by one: what can be taken of each, and how much is. unserved: channels and sinks of which something waits, while a
    // node has no such sink; one that has it deletes the row.
    private const string Version3 = """
        ALTER TABLE delivery ADD COLUMN claim uuid;
        CREATE INDEX delivery_next ON delivery (sink, channel, committed, due) WHERE state < 2 AND due < 9223372036854775807 AND NOT starts_with(sink, 'subscribers:');
        CREATE TABLE unserved (
            channel text COLLATE "C" NOT NULL,
            sink text COLLATE "C" NOT NULL,
            since bigint NOT NULL,
            PRIMARY KEY (channel, sink));
        CREATE INDEX delivery_held ON delivery (sink, channel) WHERE state = 1 AND NOT starts_with(sink, 'subscribers:');
        """;

    public static readonly IReadOnlyList<string> Versions = [Version1, Version2, Version3];
}
