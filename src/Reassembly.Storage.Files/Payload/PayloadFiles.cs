using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Reassembly.Core.Storage;
using Reassembly.Storage.Files.Folder;

namespace Reassembly.Storage.Files.Payload;

/// <summary>
/// Writes, flushes and reads payload files, one a key, and keeps the handles of those used last, at most <see cref="MaxOpen"/> beside those in use: thousands of
/// idle messages hold none. A file that failed is doomed: its handle is never used again.
/// </summary>
/// <param name="root">The folder that holds the folders of the files.</param>
/// <param name="pathOf">Where the file of a key lies: in a folder below the root.</param>
/// <param name="probe">Called at each step.</param>
internal sealed class PayloadFiles<TKey>(string root, Func<TKey, string> pathOf, PayloadProbe probe) : IDisposable
    where TKey : struct, IEquatable<TKey>
{
    internal const int MaxOpen = 256;

    // A system call is nothing beside so many bytes, and gathering takes memory for each piece.
    private const int LeastAlone = 32 * 1024;

    // Fewer than any system's IOV_MAX.
    private const int MaxGathered = 256;

    [ThreadStatic]
    private static List<ReadOnlyMemory<byte>>? _gathered;

    private readonly object _gate = new();
    private readonly Dictionary<TKey, PayloadFile<TKey>> _open = [];
    private readonly LinkedList<PayloadFile<TKey>> _idle = [];
    private readonly ConcurrentDictionary<string, bool> _durableFolders = new();

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

    /// <summary>Opens the file of a key, or takes the handle kept; <see cref="Return"/> must follow.</summary>
    /// <param name="key">Whose file.</param>
    /// <param name="create">Whether to make a file that is not there.</param>
    /// <exception cref="IOException">It is not there or cannot be opened.</exception>
    public PayloadFile<TKey> Rent(TKey key, bool create)
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

    public void Return(PayloadFile<TKey> file, bool doomed)
    {
        PayloadFile<TKey>? unused = null;
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
                file.IdlePlace ??= new LinkedListNode<PayloadFile<TKey>>(file);
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

    /// <summary>Writes segments to their place and makes them durable; and the file's name, where it may be new. Blocks.</summary>
    /// <param name="key">Whose file.</param>
    /// <param name="segments">Ascending by offset.</param>
    /// <param name="isNew">Nothing of it is known to be durable: it is made where it is not there.</param>
    /// <exception cref="FileNotFoundException">Somebody removed the file.</exception>
    /// <exception cref="IOException">The bytes could not be made durable.</exception>
    public void WriteAndFlush(TKey key, IReadOnlyList<Segment> segments, bool isNew)
    {
        var file = Rent(key, create: isNew);
        var flushed = false;
        try
        {
            probe(PayloadStep.BeforeBytes, file.Path);
            Write(file, segments);
            probe(PayloadStep.BytesWritten, file.Path);

            // A file that somebody removed still takes bytes through a kept handle, and flushes them to nowhere.
            if (!File.Exists(file.Path))
            {
                throw new FileNotFoundException($"the file {file.Path} was removed", file.Path);
            }

            RandomAccess.FlushToDisk(file.Handle);
            probe(PayloadStep.BytesFlushed, file.Path);
            if (isNew)
            {
                var folder = Path.GetDirectoryName(file.Path)!;
                FlushEntryOf(folder);
                DirectorySync.Flush(folder);
                probe(PayloadStep.FolderFlushed, file.Path);
            }

            flushed = true;
        }
        finally
        {
            // After a flush that failed the system may call lost pages clean: the same handle would flush well the next time.
            Return(file, doomed: !flushed);
        }
    }

    /// <returns>Bytes read, or -1 where there is no file: the caller's to judge.</returns>
    public async ValueTask<int> ReadAsync(TKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        PayloadFile<TKey> file;
        try
        {
            file = Rent(key, create: false);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return -1;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that turned read-only still gives what it has.
            using var handle = File.OpenHandle(pathOf(key));
            return await ReadAsync(handle, offset, destination, cancellationToken).ConfigureAwait(false);
        }

        // A file that somebody removed can still be read through a kept handle, for as long as that is kept.
        var exists = File.Exists(file.Path);
        try
        {
            return exists ? await ReadAsync(file.Handle, offset, destination, cancellationToken).ConfigureAwait(false) : -1;
        }
        finally
        {
            Return(file, doomed: !exists);
        }
    }

    /// <summary>Closes handles of files that somebody else removed: the disk keeps their bytes for as long as one is open.</summary>
    public void CloseRemoved()
    {
        PayloadFile<TKey>[] idle;
        lock (_gate)
        {
            idle = [.. _idle];
        }

        foreach (var file in idle.Where(static file => !File.Exists(file.Path)))
        {
            var isUnused = false;
            lock (_gate)
            {
                if (!file.Doomed && file.Renters == 0)
                {
                    Doom(file);
                    isUnused = true;
                }
            }

            if (isUnused)
            {
                file.Handle.Dispose();
            }
        }
    }

    /// <summary>Removes the file of a key, where there is one.</summary>
    public void Delete(TKey key)
    {
        PayloadFile<TKey>? unused = null;
        lock (_gate)
        {
            if (_open.TryGetValue(key, out var file))
            {
                Doom(file);
                unused = file.Renters == 0 ? file : null;
            }
        }

        unused?.Handle.Dispose();
        var path = pathOf(key);
        probe(PayloadStep.BeforeFileDelete, path);
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // The message had no bytes, and nor had any other of its folder.
        }

        probe(PayloadStep.FileDeleted, path);
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

    private static void Write(PayloadFile<TKey> file, IReadOnlyList<Segment> segments)
    {
        var gathered = _gathered ??= new List<ReadOnlyMemory<byte>>(MaxGathered);
        try
        {
            for (var index = 0; index < segments.Count;)
            {
                var offset = segments[index].Offset;
                if (segments[index].Bytes.Length >= LeastAlone)
                {
                    RandomAccess.Write(file.Handle, segments[index].Bytes.Span, offset);
                    index++;
                    continue;
                }

                gathered.Clear();
                var end = offset;
                while (index < segments.Count && segments[index].Offset == end && segments[index].Bytes.Length < LeastAlone && gathered.Count < MaxGathered)
                {
                    gathered.Add(segments[index].Bytes);
                    end += segments[index].Bytes.Length;
                    index++;
                }

                RandomAccess.Write(file.Handle, gathered, offset);
            }
        }
        finally
        {
            gathered.Clear();
        }
    }

    private static async ValueTask<int> ReadAsync(SafeFileHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var read = await RandomAccess.ReadAsync(handle, destination[total..], offset + total, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    /// <summary>Whoever made the folder, another thread or another node, may not have flushed its entry yet, and may never.</summary>
    private void FlushEntryOf(string folder)
    {
        if (_durableFolders.ContainsKey(folder))
        {
            return;
        }

        DirectorySync.Flush(root);
        probe(PayloadStep.FolderFlushed, folder);
        _durableFolders[folder] = true;
    }

    private void Take(PayloadFile<TKey> file)
    {
        if (file.Renters++ == 0 && file.IdlePlace?.List is not null)
        {
            _idle.Remove(file.IdlePlace);
        }
    }

    private void Doom(PayloadFile<TKey> file)
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

    private PayloadFile<TKey> Open(TKey key, bool create)
    {
        var path = pathOf(key);
        try
        {
            return OpenAt(key, path, create);
        }
        catch (Exception exception) when (create && exception is (DirectoryNotFoundException or FileNotFoundException))
        {
            // Either: which of the two is thrown is found out after the fact, when another thread may have made the folder already.
            var folder = Path.GetDirectoryName(path)!;
            _durableFolders.TryRemove(folder, out _);
            Directory.CreateDirectory(folder);
            return OpenAt(key, path, create);
        }
    }

    private static PayloadFile<TKey> OpenAt(TKey key, string path, bool create)
        => new(key, path, File.OpenHandle(path, create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
}
