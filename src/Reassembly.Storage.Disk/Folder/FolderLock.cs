using System.Globalization;

namespace Reassembly.Storage.Disk.Folder;

/// <summary>
/// Makes the folder one process's. The lock is on <c>lock</c>, which nobody else can open meanwhile; who holds it is told
/// in <c>lock.holder</c>, which everybody can read. The system drops the lock with the process, however that ends.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const int SharingViolationWindows = unchecked((int)0x80070020);
    private const int WouldBlockLinux = 11;
    private const int WouldBlockMac = 35;

    private readonly FileStream _file;
    private readonly string _holderPath;

    private FolderLock(FileStream file, string holderPath)
    {
        _file = file;
        _holderPath = holderPath;
    }

    /// <summary>Takes the folder, making it where it is not there.</summary>
    /// <exception cref="FolderInUseException">Somebody else has it.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static FolderLock Take(string folder, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        var holderPath = Path.Combine(folder, "lock.holder");
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception.HResult is SharingViolationWindows or WouldBlockLinux or WouldBlockMac)
        {
            throw new FolderInUseException($"the folder {folder} is in use by {Holder(holderPath)}", exception);
        }

        try
        {
            var since = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            File.WriteAllText(holderPath, $"process {Environment.ProcessId} on host {Environment.MachineName} since {since}");
        }
        catch
        {
            file.Dispose();
            throw;
        }

        return new FolderLock(file, holderPath);
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_holderPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A holder's name that stays behind is overwritten by the next holder.
        }

        _file.Dispose();
    }

    private static string Holder(string holderPath)
    {
        try
        {
            return File.ReadAllText(holderPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
