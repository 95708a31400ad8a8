using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Files.Payload;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>
/// The first stage of a write: its bytes go to their place in the file and are flushed, several files at a time; then it goes to
/// the catalogue, which commits earlier writes meanwhile. A write that fails here never reaches the catalogue.
/// <para>A write takes the first thread that is free; up to so many wait for no other's flush. Threads are made when all are busy, and stay.</para>
/// </summary>
internal sealed class PayloadWriter : IDisposable
{
    // More of them take more processor time than the disk gains.
    private const int ParallelFlushes = 8;

    private readonly object _gate = new();
    private readonly Queue<WriteJob> _waiting = new();
    private readonly List<Thread> _threads = [];
    private readonly PayloadPaths _paths;
    private readonly PayloadFiles<MessageKey> _files;
    private readonly CatalogueWriter _catalogue;
    private readonly FaultLog _faults;
    private int _idle;
    private bool _closed;

    public PayloadWriter(PayloadPaths paths, PayloadFiles<MessageKey> files, CatalogueWriter catalogue, FaultLog faults)
    {
        _paths = paths;
        _files = files;
        _catalogue = catalogue;
        _faults = faults;
    }

    /// <summary>Puts a write in line; false once this is disposed.</summary>
    public bool TryAdd(WriteJob write)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            if (_idle > _waiting.Count)
            {
                Monitor.Pulse(_gate);
            }
            else if (_threads.Count < ParallelFlushes)
            {
                var thread = new Thread(Run) { IsBackground = true, Name = "payload writer" };
                thread.Start();
                _threads.Add(thread);
            }

            // Last: where no thread could be made the write must not be done after its caller was told so.
            _waiting.Enqueue(write);
        }

        return true;
    }

    /// <summary>Ends once what waits is done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private void Run()
    {
        while (Take() is { } write)
        {
            Process(write);
        }
    }

    private WriteJob? Take()
    {
        lock (_gate)
        {
            WriteJob? write;
            while (!_waiting.TryDequeue(out write) && !_closed)
            {
                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }

            return write;
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
            var path = _paths.PathOf(write.Key);
            var fault = $"the payload file {path} cannot be written: {exception.Message}";
            _faults.Fails(FaultKind.Payload, fault, exception);
            write.Fail(new StoreException(fault, exception));
        }
    }

    private void WriteAndFlush(WriteJob write)
    {
        try
        {
            _files.WriteAndFlush(write.Key, write.Write.Segments, isNew: !write.Owner.HasFile);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw _faults.Lost(_paths.PathOf(write.Key));
        }
    }
}
