using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Files.Payload;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>
/// The first stage of a write: its bytes go to their place in the file and are flushed, several files at a time; then it goes to
/// the catalogue, which commits earlier writes meanwhile. A write that fails here never reaches the catalogue.
/// </summary>
internal sealed class PayloadWriter : IDisposable
{
    private const int ParallelFlushes = 8;

    private readonly WorkQueue<WriteJob> _queue = new();
    private readonly PayloadPaths _paths;
    private readonly PayloadFiles<MessageKey> _files;
    private readonly CatalogueWriter _catalogue;
    private readonly FaultLog _faults;
    private readonly Thread _thread;
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = ParallelFlushes };

    public PayloadWriter(PayloadPaths paths, PayloadFiles<MessageKey> files, CatalogueWriter catalogue, FaultLog faults)
    {
        _paths = paths;
        _files = files;
        _catalogue = catalogue;
        _faults = faults;
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
