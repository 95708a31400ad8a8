using System.Threading.Channels;
using Npgsql;
using Reassembly.Core.Storage;
using Reassembly.Storage.Postgres.Claims;
using Reassembly.Storage.Postgres.News;

namespace Reassembly.Storage.Postgres.Writing;

/// <summary>
/// Group commit: a few runners, each with a connection, take what waits and make one transaction of it, while the next writes gather.
/// A write that the database refuses fails alone; a connection that is lost leaves open what of its group was done, so that all claims
/// of the group are in doubt.
/// </summary>
internal sealed class GroupWriter : IAsyncDisposable
{
    private const int MaxGroupBytes = 8 << 20;
    private const int MinGroupBytes = 256 << 10;
    private const int MaxGroupCount = 512;

    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    private readonly Channel<WriteJob> _queue = Channel.CreateUnbounded<WriteJob>();
    private readonly Database _database;
    private readonly GroupStatement _statement;
    private readonly ClaimBook _book;
    private readonly UsageCounter _usage;
    private readonly NewsDesk _news;
    private readonly FaultLog _faults;
    private readonly PostgresStoreProbe _probe;
    private readonly TimeProvider _time;
    private readonly Task _running;

    // A group that is too large for the time a statement may take would time out again and again: it shrinks until it fits.
    private volatile int _groupBytes = MaxGroupBytes;

    /// <param name="database">Where to.</param>
    /// <param name="runners">Connections at work.</param>
    /// <param name="book">Told of claims that are over.</param>
    /// <param name="usage">Told what changed.</param>
    /// <param name="news">Told of messages that ended, and of channels that something was committed to.</param>
    /// <param name="faults">Told when writes fail and work again.</param>
    /// <param name="probe">Called at each step.</param>
    /// <param name="time">Measures how long a group takes.</param>
    public GroupWriter(
        Database database, int runners, ClaimBook book, UsageCounter usage, NewsDesk news, FaultLog faults, PostgresStoreProbe probe, TimeProvider time)
    {
        _database = database;
        _statement = new GroupStatement(database.Schema);
        _book = book;
        _usage = usage;
        _news = news;
        _faults = faults;
        _probe = probe;
        _time = time;
        _running = Task.WhenAll(Enumerable.Range(0, runners).Select(_ => Task.Run(RunAsync)));
    }

    public void Add(WriteJob job)
    {
        if (!_queue.Writer.TryWrite(job))
        {
            job.TrySetException(new StoreException($"the store {_database.Place} is closed"));
        }
    }

    /// <summary>Ends once what waits is done.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var group = new List<WriteJob>();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            TakeGroup(group);
            if (group.Count == 0)
            {
                // Another runner was faster.
                continue;
            }

            group.Sort(static (left, right) => left.Claim.No.CompareTo(right.Claim.No));
            try
            {
                await CommitAsync(group).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // Whatever it is, the callers wait for an answer and the next group for this runner.
                Fail(group, exception, isDoubtful: true);
            }

            group.Clear();
        }
    }

    private void TakeGroup(List<WriteJob> group)
    {
        for (var bytes = 0; group.Count < MaxGroupCount && bytes < _groupBytes && _queue.Reader.TryRead(out var job); bytes += job.Bytes)
        {
            group.Add(job);
        }
    }

    private async Task CommitAsync(List<WriteJob> group)
    {
        NpgsqlConnection connection;
        try
        {
            _database.ThrowIfOut();
            connection = await _database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StoreException or NpgsqlException or TimeoutException or IOException or ObjectDisposedException)
        {
            Fail(group, exception, isDoubtful: false);
            return;
        }

        await using var _ = connection.ConfigureAwait(false);
        if (!await TryCommitAsync(connection, group).ConfigureAwait(false))
        {
            foreach (var job in group)
            {
                await TryCommitAsync(connection, [job]).ConfigureAwait(false);
            }
        }
    }

    /// <returns>False when the database refused a group of several: nothing of it is done, and each is to be tried alone.</returns>
    private async Task<bool> TryCommitAsync(NpgsqlConnection connection, List<WriteJob> group)
    {
        var isSent = false;
        var began = _time.GetTimestamp();
        try
        {
            _probe(PostgresStoreStep.BeforeCommit);
            isSent = true;
            var written = await _statement.ExecuteAsync(connection, group).ConfigureAwait(false);
            _groupBytes = _time.GetElapsedTime(began) < Quick ? Math.Min(MaxGroupBytes, _groupBytes * 2) : _groupBytes;
            _probe(PostgresStoreStep.Committed);
            Complete(group, written);
            return true;
        }
        catch (Exception exception) when (DatabaseFault.IsRefusal(exception))
        {
            if (group.Count > 1)
            {
                return false;
            }

            Fail(group, exception, isDoubtful: false);
            return true;
        }
        catch (Exception exception)
        {
            if (exception is TimeoutException or { InnerException: TimeoutException })
            {
                _groupBytes = Math.Max(MinGroupBytes, _groupBytes / 2);
            }

            Fail(group, exception, isDoubtful: isSent);
            return true;
        }
    }

    private void Complete(List<WriteJob> group, HashSet<(long No, long Epoch)> written)
    {
        var ended = new List<WriteJob>();
        foreach (var job in group)
        {
            var claim = job.Claim;
            if (!written.Contains((claim.No, claim.Epoch)))
            {
                _book.Forget(claim);
                job.TrySetException(new FencedException(claim.Key, claim.Epoch));
                continue;
            }

            var isEnd = job.Record.Outcome is not null;
            _usage.Add((claim.IsRecorded ? 0 : 1) - (isEnd ? 1 : 0), job.StoredBytes - claim.StoredBytes);
            claim.Remember(job.Record, job.StoredBytes);
            claim.Extents = job.Extents;
            if (isEnd)
            {
                _book.Forget(claim);
                ended.Add(job);
            }

            job.TrySetResult();
        }

        _faults.Works();
        Tell(ended, _news.Committed);
    }

    private void Fail(List<WriteJob> group, Exception exception, bool isDoubtful)
    {
        var failure = _database.Failed(exception);
        if (!DatabaseFault.IsOutage(exception) && exception is not StoreException)
        {
            _faults.Fails(failure.Message, exception);
        }

        foreach (var job in group.Where(static job => !job.Task.IsCompleted))
        {
            if (isDoubtful)
            {
                job.Claim.IsDoubtful = true;
            }

            job.TrySetException(failure);
        }

        // Whoever hears of it looks at the record or the ledger: told in vain is better than not told of one that was committed. Here, too.
        if (isDoubtful)
        {
            Tell([.. group.Where(static job => job.Record.Outcome is not null)], _news.Waits);
        }
    }

    private void Tell(List<WriteJob> ended, Action<string> tellChannel)
    {
        foreach (var job in ended)
        {
            _news.Ended(job.Claim.Key);
        }

        foreach (var channel in ended.Select(static job => job.Deliveries?.Channel).OfType<string>().Distinct())
        {
            tellChannel(channel);
        }
    }
}
