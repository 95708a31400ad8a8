using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Reassembly.Core.Storage;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Disk.Folder;

namespace Reassembly.Storage.Disk;

/// <summary>
/// Keeps the folder in service: opens it, takes it out of service when its catalogue breaks, and tries again until it is repaired.
/// Each opening begins a new generation of epochs, so that owners from before step down and read what is there now.
/// </summary>
internal sealed class FolderKeeper : IDisposable
{
    internal static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DiskStoreProbe _probe;
    private readonly FaultLog _faults;
    private readonly ITimer _retry;
    private FolderLock? _lock;
    private Opening _opening = new(IsFirst: true, Generation: 1);
    private volatile OpenStore? _store;
    private volatile string? _fault;
    private long _inServiceSince;
    private bool _closed;

    public FolderKeeper(string folder, TimeProvider time, ILogger logger, DiskStoreProbe probe)
    {
        _folder = folder;
        _time = time;
        _logger = logger;
        _probe = probe;
        _faults = new FaultLog(logger, time, folder);
        _fault = $"the store {folder} is not open yet";
        _retry = time.CreateTimer(_ => Retry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string? Fault => _fault;

    /// <summary>When the folder was opened last.</summary>
    public DateTimeOffset? InServiceSince => Volatile.Read(ref _inServiceSince) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <exception cref="StoreException">The store is out of service.</exception>
    public OpenStore Store => _store ?? throw new StoreException(_fault ?? $"the store {_folder} is closed");

    /// <summary>Opens the folder, or keeps trying where it cannot be used.</summary>
    /// <exception cref="FolderInUseException">Another process has it: waiting would hide a mistake.</exception>
    public void Open()
    {
        lock (_gate)
        {
            if (_store is null && !_closed)
            {
                TryOpen();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _fault = $"the store {_folder} is closed";
            _retry.Dispose();
            Interlocked.Exchange(ref _store, null)?.Dispose();
            _lock?.Dispose();
            _lock = null;
        }
    }

    private void Retry()
    {
        lock (_gate)
        {
            try
            {
                if (_store is null && !_closed)
                {
                    TryOpen();
                }
            }
            catch (FolderInUseException exception)
            {
                OutOfService(exception.Message);
            }
        }
    }

    private void TryOpen()
    {
        try
        {
            _lock ??= FolderLock.Take(_folder, _time);
            var store = new OpenStore(_folder, _opening, _faults, _logger, _probe, OnFailure);
            _opening = new Opening(IsFirst: false, store.Generation + 1);
            Volatile.Write(ref _inServiceSince, _time.GetUtcNow().UtcTicks);
            _store = store;
            _fault = null;
            DiskLog.Opened(_logger, _folder, store.Usage.OpenMessages, store.Usage.PayloadBytes, store.RemovedOrphans);
        }
        catch (Exception exception) when (exception is not FolderInUseException)
        {
            // Whatever is wrong with the folder, the rest of the process serves on and this tries again.
            OutOfService(Describe(exception));
        }
    }

    private void OutOfService(string fault)
    {
        if (_fault != fault)
        {
            _fault = fault;
            DiskLog.OutOfService(_logger, _folder, RetryInterval.TotalSeconds, fault);
        }

        _retry.Change(RetryInterval, Timeout.InfiniteTimeSpan);
    }

    private string Describe(Exception exception)
        => exception is StoreException or SqliteException || CatalogueFile.IsBroken(exception)
            ? CatalogueFile.Failure(Path.Combine(_folder, OpenStore.CatalogueName), exception).Message
            : $"the folder {_folder} cannot be used: {exception.Message}";

    private void OnFailure(OpenStore store, Exception exception)
    {
        if (CatalogueFile.IsBroken(exception))
        {
            // Not here: this is one of the threads that closing waits for.
            ThreadPool.QueueUserWorkItem(_ => TakeOut(store, Describe(exception)));
        }
    }

    private void TakeOut(OpenStore store, string fault)
    {
        lock (_gate)
        {
            if (_store != store || _closed)
            {
                return;
            }

            _store = null;
            OutOfService(fault);
            store.Dispose();
        }
    }
}
