using System.Threading.Channels;
using Npgsql;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>
/// Group commit of outcomes: one runner takes what waits and makes one transaction of it, while the next gather. An outcome that the
/// database refuses fails alone; a connection that is lost leaves open what of its group was done. To settle again is right in either
/// case: what was done is not under way any more, and the answer is then false.
/// </summary>
internal sealed class SettleWriter : IAsyncDisposable
{
    private const int MaxGroupCount = 512;

    private readonly Channel<SettleJob> _queue = Channel.CreateUnbounded<SettleJob>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Database _database;
    private readonly SettleStatement _statement;
    private readonly FaultLog _faults;
    private readonly PostgresStoreProbe _probe;
    private readonly Task _running;

    /// <param name="database">Where to.</param>
    /// <param name="faults">Told when outcomes cannot be written, and can again.</param>
    /// <param name="probe">Called at each step.</param>
    public SettleWriter(Database database, FaultLog faults, PostgresStoreProbe probe)
    {
        _database = database;
        _statement = new SettleStatement(database.Schema);
        _faults = faults;
        _probe = probe;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Settles an attempt; durable when the task completes.</summary>
    /// <returns>Whether it was under way.</returns>
    public Task<bool> SettleAsync(SettleJob job)
    {
        _database.ThrowIfOut();
        if (!_queue.Writer.TryWrite(job))
        {
            throw new StoreException($"the store {_database.Place} is closed");
        }

        return job.Task;
    }

    /// <summary>Ends once what waits is done.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var group = new List<SettleJob>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (group.Count < MaxGroupCount && _queue.Reader.TryRead(out var job))
            {
                group.Add(job);
            }

            try
            {
                _database.ThrowIfOut();
                var connection = await _database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
                await using var _ = connection.ConfigureAwait(false);
                await SettleAsync(connection, group).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // Whatever it is, the callers wait for an answer and the next group for this runner.
                Fail(group, exception);
            }

            group.Clear();
        }
    }

    private async Task SettleAsync(NpgsqlConnection connection, List<SettleJob> group)
    {
        try
        {
            await CommitAsync(connection, group).ConfigureAwait(false);
        }
        catch (Exception exception) when (group.Count > 1 && DatabaseFault.IsRefusal(exception))
        {
            foreach (var job in group)
            {
                await SettleAsync(connection, [job]).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (DatabaseFault.IsRefusal(exception))
        {
            Fail(group, exception);
        }
    }

    private async Task CommitAsync(NpgsqlConnection connection, List<SettleJob> group)
    {
        _probe(PostgresStoreStep.BeforeEntries);
        var settled = await _statement.ExecuteAsync(connection, group).ConfigureAwait(false);
        _probe(PostgresStoreStep.EntriesChanged);
        for (var index = 0; index < settled.Length; index++)
        {
            group[index].TrySetResult(settled[index]);
        }

        _faults.Works();
    }

    private void Fail(List<SettleJob> group, Exception exception)
    {
        var failure = _database.Failed(exception);
        if (!DatabaseFault.IsOutage(exception) && exception is not StoreException)
        {
            _faults.Fails(failure.Message, exception);
        }

        foreach (var job in group)
        {
            job.TrySetException(failure);
        }
    }
}
