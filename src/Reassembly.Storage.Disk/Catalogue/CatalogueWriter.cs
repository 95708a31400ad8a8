using Microsoft.Data.Sqlite;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>
/// The second stage: one thread, one connection, one transaction for all that waits. A transaction that fails takes all its jobs
/// with it and leaves the catalogue as it was.
/// </summary>
internal sealed class CatalogueWriter : IDisposable
{
    private readonly WorkQueue<CatalogueJob> _queue = new();
    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly CatalogueStatements _statements;
    private readonly UsageCounter _usage;
    private readonly FaultLog _faults;
    private readonly DiskStoreProbe _probe;
    private readonly Action<Exception> _onFailure;
    private readonly Thread _thread;

    /// <param name="path">The catalogue's file.</param>
    /// <param name="connection">Prepared; owned from here on.</param>
    /// <param name="usage">Kept by this writer.</param>
    /// <param name="faults">Told when commits fail and work again.</param>
    /// <param name="probe">Called at each step.</param>
    /// <param name="onFailure">Called with every failure, on the thread that commits.</param>
    public CatalogueWriter(string path, SqliteConnection connection, UsageCounter usage, FaultLog faults, DiskStoreProbe probe, Action<Exception> onFailure)
    {
        _path = path;
        _connection = connection;
        _statements = new CatalogueStatements(connection);
        _usage = usage;
        _faults = faults;
        _probe = probe;
        _onFailure = onFailure;
        _thread = new Thread(Run) { IsBackground = true, Name = "catalogue writer" };
        _thread.Start();
    }

    public void Add(CatalogueJob job)
    {
        if (!_queue.TryAdd(job))
        {
            job.Fail(new StoreException($"the catalogue {_path} is closed"));
        }
    }

    /// <summary>Ends once what waits is done.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
        _statements.Dispose();
        _connection.Dispose();
    }

    private void Run()
    {
        while (_queue.TakeAll() is { } group)
        {
            try
            {
                Commit(group);
                _faults.Works(FaultKind.Catalogue);
            }
            catch (Exception exception)
            {
                // Whatever it is, the callers wait for an answer and the next group for this thread.
                Fail(group, exception);
            }
        }
    }

    private void Commit(List<CatalogueJob> group)
    {
        // Through the open database a commit succeeds even when its file was removed.
        if (!File.Exists(_path))
        {
            throw new InvalidDataException("the file is gone");
        }

        _probe(DiskStoreStep.BeforeCatalogueCommit, _path);
        _statements.Begin(durable: group.Exists(static job => job.MustBeDurable));
        try
        {
            foreach (var job in group)
            {
                Apply(job);
            }

            _probe(DiskStoreStep.CatalogueApplied, _path);
            _statements.Commit();
        }
        catch
        {
            Rollback();
            throw;
        }

        _probe(DiskStoreStep.CatalogueCommitted, _path);
        foreach (var job in group)
        {
            if (!job.Task.IsCompleted)
            {
                job.Committed(_usage);
                job.TrySetResult();
            }
        }
    }

    private void Apply(CatalogueJob job)
    {
        try
        {
            job.Apply(_statements);
        }
        catch (Exception exception) when (exception is FencedException or StoreException)
        {
            job.Fail(exception);
        }
    }

    private void Rollback()
    {
        try
        {
            _statements.Rollback();
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk is full.
        }
    }

    private void Fail(List<CatalogueJob> group, Exception exception)
    {
        var failure = CatalogueFile.Failure(_path, exception);
        if (!CatalogueFile.IsBroken(exception))
        {
            _faults.Fails(FaultKind.Catalogue, failure.Message, exception);
        }

        _onFailure(exception);
        foreach (var job in group)
        {
            job.Fail(failure);
        }
    }
}
