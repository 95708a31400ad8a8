namespace Reassembly.Storage.Files.Payload;

/// <summary>The steps that make bytes durable in a file, in their order.</summary>
internal enum PayloadStep
{
    BeforeBytes,
    BytesWritten,
    BytesFlushed,
    FolderFlushed,
    BeforeFileDelete,
    FileDeleted,
}

/// <summary>Called at each step; what it throws is taken for a failure of that step.</summary>
/// <param name="step">Where the work is.</param>
/// <param name="path">The file it works on; where the entry of a folder is flushed, that folder.</param>
internal delegate void PayloadProbe(PayloadStep step, string path);
