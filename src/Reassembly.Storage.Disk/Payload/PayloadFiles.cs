using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Disk.Folder;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>
/// Opens payload files and keeps the handles of those used last, at most <see cref="MaxOpen"/> beside those in use: thousands of
/// idle messages hold none. A file that failed is doomed: its handle is never used again.
/// </summary>
internal sealed class PayloadFiles(PayloadPaths paths, FaultLog faults, DiskStoreProbe probe) : IDisposable
{
    internal const int MaxOpen = 256;

    private readonly object _gate = new();
    private readonly Dictionary<MessageKey, PayloadFile> _open = [];
    private readonly LinkedList<PayloadFile> _idle = [];

    public PayloadPaths Paths { get; } = paths;

    public int OpenHandles
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Opens the file of a message, or takes the handle kept; <see cref="Return"/> must follow.</summary>
    /// <param name="key">The message.</param>
    /// <param name="create">Whether to make a file that is not there.</param>
    /// <exception cref="IOException">It is not there or cannot be opened.</exception>
    public PayloadFile Rent(MessageKey key, bool create)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(key, out var kept))
            {
                Take(kept);
                return kept;
            }
        }

        // Opened outside the lock: a slow disk holds up its own message alone.
        var opened = Open(key, create);
        lock (_gate)
        {
            if (_open.TryGetValue(key, out var kept))
            {
                opened.Handle.Dispose();
                opened = kept;
            }
            else
            {
                _open.Add(key, opened);
            }

            Take(opened);
            return opened;
        }
    }

    public void Return(PayloadFile file, bool doomed)
    {
        PayloadFile? unused = null;
        lock (_gate)
        {
            file.Renters--;
            if (doomed)
            {
                Doom(file);
            }

            if (file.Renters == 0 && file.Doomed)
            {
                unused = file;
            }
            else if (file.Renters == 0)
            {
                file.IdlePlace ??= new LinkedListNode<PayloadFile>(file);
                _idle.AddLast(file.IdlePlace);
                unused = _open.Count > MaxOpen ? _idle.First!.Value : null;
                if (unused is not null)
                {
                    _idle.RemoveFirst();
                    _open.Remove(unused.Key);
                }
            }
        }

        unused?.Handle.Dispose();
    }

    /// <summary>Makes sure that the file of a message is there and reaches to <paramref name="end"/>.</summary>
    /// <exception cref="StoreException">It is not, or does not.</exception>
    public void Verify(MessageKey key, long end)
    {
        var file = new FileInfo(Paths.PathOf(key));
        if (!file.Exists)
        {
            throw faults.Lost(file.FullName);
        }

        if (file.Length < end)
        {
            throw new StoreException($"the payload file {file.FullName} ends at byte {file.Length} of {end}: somebody cut it");
        }
    }

    /// <summary>Removes the file of a message, where there is one.</summary>
    public void Delete(MessageKey key)
    {
        PayloadFile? unused = null;
        lock (_gate)
        {
            if (_open.TryGetValue(key, out var file))
            {
                Doom(file);
                unused = file.Renters == 0 ? file : null;
            }
        }

        unused?.Handle.Dispose();
        var path = Paths.PathOf(key);
        probe(DiskStoreStep.BeforeFileDelete, path);
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // The message had no bytes, and nor had any other of its folder.
        }

        probe(DiskStoreStep.FileDeleted, path);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var file in _open.Values.ToArray())
            {
                Doom(file);
                if (file.Renters == 0)
                {
                    file.Handle.Dispose();
                }
            }
        }
    }

    private void Take(PayloadFile file)
    {
        if (file.Renters++ == 0 && file.IdlePlace?.List is not null)
        {
            _idle.Remove(file.IdlePlace);
        }
    }

    private void Doom(PayloadFile file)
    {
        if (file.Doomed)
        {
            return;
        }

        file.Doomed = true;
        _open.Remove(file.Key);
        if (file.IdlePlace?.List is not null)
        {
            _idle.Remove(file.IdlePlace);
        }
    }

    private PayloadFile Open(MessageKey key, bool create)
    {
        var path = Paths.PathOf(key);
        try
        {
            return OpenAt(key, path, create);
        }
        catch (Exception exception) when (create && exception is (DirectoryNotFoundException or FileNotFoundException))
        {
            // Either: which of the two is thrown is found out after the fact, when another thread may have made the folder already.
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DirectorySync.Flush(Paths.Root);
            return OpenAt(key, path, create);
        }
    }

    private static PayloadFile OpenAt(MessageKey key, string path, bool create)
        => new(key, path, File.OpenHandle(path, create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
}
