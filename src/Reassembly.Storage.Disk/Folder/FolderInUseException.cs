namespace Reassembly.Storage.Disk.Folder;

/// <summary>Another process holds the folder. Its message is one sentence that says who.</summary>
public sealed class FolderInUseException(string message, Exception innerException) : Exception(message, innerException);
