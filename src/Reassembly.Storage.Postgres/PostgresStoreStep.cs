namespace Reassembly.Storage.Postgres;

/// <summary>The steps of the store's work between which a process can die or a connection be lost: those of a write in their order, then those of a change of the ledger.</summary>
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
    BeforeEntries,
    EntriesChanged,
}

/// <summary>Called at each step; what it throws is taken for a failure of that step.</summary>
internal delegate void PostgresStoreProbe(PostgresStoreStep step);
