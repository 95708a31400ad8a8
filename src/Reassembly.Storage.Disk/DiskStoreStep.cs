namespace Reassembly.Storage.Disk;

/// <summary>The steps of the store's work between which a process can die or a disk can fail, in their order.</summary>
internal enum DiskStoreStep
{
    BeforeBytes,
    BytesWritten,
    BytesFlushed,
    FolderFlushed,
    BeforeCatalogueCommit,
    CatalogueApplied,
    CatalogueCommitted,
    BeforeFileDelete,
    FileDeleted,
}

/// <summary>Called at each step; what it throws is taken for a failure of that step.</summary>
/// <param name="step">Where the store is.</param>
/// <param name="path">The file it works on.</param>
internal delegate void DiskStoreProbe(DiskStoreStep step, string path);
