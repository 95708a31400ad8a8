using Reassembly.Core.Storage;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Disk.Folder;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>
/// The first stage of a write: its bytes go to their place in the file and are flushed, several files at a time; then it goes to
/// the catalogue, which commits earlier writes meanwhile. A write that fails here never reaches the catalogue.
/// </summary>
internal sealed class PayloadWriter : IDisposable
{
    private const int ParallelFlushes = 8;

    // Fewer than any system's IOV_MAX.
    private const int MaxGathered = 256;

    [ThreadStatic]
    private static List<ReadOnlyMemory<byte>>? _gathered;

    private readonly WorkQueue<WriteJob> _queue = new();
    private readonly PayloadFiles _files;
    private readonly CatalogueWriter _catalogue;
    private readonly FaultLog _faults;
    private readonly DiskStoreProbe _probe;
    private readonly Thread _thread;
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = ParallelFlushes };

    public PayloadWriter(PayloadFiles files, CatalogueWriter catalogue, FaultLog faults, DiskStoreProbe probe)
    {
        _files = files;
        _catalogue = catalogue;
        _faults = faults;
        _probe = probe;
        _thread = new Thread(Run) { IsBackground = true, Name = "payload writer" };
        _thread.Start();
    }

    public bool TryAdd(WriteJob write) => _queue.TryAdd(write);

    /// <summary>Ends once what waits is done.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
    }

    private void Run()
    {
        while (_queue.TakeAll() is { } group)
        {
            if (group.Count == 1)
            {
                Process(group[0]);
            }
            else
            {
                Parallel.ForEach(group, _parallel, Process);
            }
        }
    }

    private void Process(WriteJob write)
    {
        // A job that failed in an unforeseen way must reach its caller and not the thread, which serves everybody.
        try
        {
            if (write.IsStale)
            {
                write.Fail(new FencedException(write.Key, write.Epoch));
                return;
            }

            WriteAndFlush(write);
            _faults.Works(FaultKind.Payload);
            _catalogue.Add(write);
        }
        catch (StoreException exception)
        {
            write.Fail(exception);
        }
        catch (Exception exception)
        {
            var path = _files.Paths.PathOf(write.Key);
            var fault = $"the payload file {path} cannot be written: {exception.Message}";
            _faults.Fails(FaultKind.Payload, fault, exception);
            write.Fail(new StoreException(fault, exception));
        }
    }

    private void WriteAndFlush(WriteJob write)
    {
        PayloadFile file;
        try
        {
            file = _files.Rent(write.Key, create: !write.Owner.HasFile);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw _faults.Lost(_files.Paths.PathOf(write.Key));
        }

        var flushed = false;
        try
        {
            _probe(DiskStoreStep.BeforeBytes, file.Path);
            WriteSegments(file, write.Write.Segments);
            _probe(DiskStoreStep.BytesWritten, file.Path);

            // A file that somebody removed still takes bytes through a kept handle, and flushes them to nowhere.
            if (!File.Exists(file.Path))
            {
                throw _faults.Lost(file.Path);
            }

            RandomAccess.FlushToDisk(file.Handle);
            _probe(DiskStoreStep.BytesFlushed, file.Path);
            if (!write.Owner.HasFile)
            {
                DirectorySync.Flush(Path.GetDirectoryName(file.Path)!);
                _probe(DiskStoreStep.FolderFlushed, file.Path);
            }

            flushed = true;
        }
        finally
        {
            // After a flush that failed the system may call lost pages clean: the same handle would flush well the next time.
            _files.Return(file, doomed: !flushed);
        }
    }

    private static void WriteSegments(PayloadFile file, IReadOnlyList<Segment> segments)
    {
        var gathered = _gathered ??= new List<ReadOnlyMemory<byte>>(MaxGathered);
        try
        {
            for (var index = 0; index < segments.Count;)
            {
                gathered.Clear();
                var offset = segments[index].Offset;
                var end = offset;
                while (index < segments.Count && segments[index].Offset == end && gathered.Count < MaxGathered)
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
}
