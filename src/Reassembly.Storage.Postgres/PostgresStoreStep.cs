namespace Reassembly.Storage.Postgres;

/// <summary>The steps of the store's work between which a process can die or a connection be lost, in their order.</summary>
internal enum PostgresStoreStep
{
    BeforeClaim,
    Claimed,
    BeforeBytes,
    BytesWritten,
    BytesFlushed,
    FolderFlushed,
    BeforeCommit,
    Committed,
    BeforeSettle,
    Settled,
}

/// <summary>Called at each step; what it throws is taken for a failure of that step.</summary>
internal delegate void PostgresStoreProbe(PostgresStoreStep step);
