using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Postgres.Nodes;

namespace Reassembly.Storage.Postgres.News;

/// <summary>
/// News between nodes over LISTEN and NOTIFY. That a message was claimed is told in the transaction of the claim. That it ended, or was
/// committed to a channel, is told after its commit, in a transaction of its own that waits for no disk: a notifying transaction holds a lock on the whole database's
/// queue until it is durable, and would make all commits wait for one another.
/// </summary>
internal sealed class NewsDesk : IAsyncDisposable
{
    private const int MaxTogether = 256;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);

    private readonly Database _database;
    private readonly NodeLease _lease;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Lock _telling = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Channel<string> _texts = Channel.CreateBounded<string>(new BoundedChannelOptions(16 * 1024) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IStoreListener[] _listeners = [];
    private Task? _running;

    public NewsDesk(Database database, NodeLease lease, TimeProvider time, ILogger logger)
    {
        _database = database;
        _lease = lease;
        _time = time;
        _logger = logger;
    }

    /// <summary>Called with each claim that is heard of, besides the listeners.</summary>
    public Action<MessageKey, long> Claimed { get; set; } = static (_, _) => { };

    /// <summary>Called when news may have been missed, before the listeners are.</summary>
    public Action Lost { get; set; } = static () => { };

    /// <summary>The text of a claim, as the claim itself sends it: <c>c</c>, epoch, id and tenant.</summary>
    /// <param name="row">The name of the row in the statement.</param>
    public static string ClaimedText(string row) => $"'c ' || {row}.epoch || ' ' || {row}.id || ' ' || {row}.tenant";

    /// <summary>Begins to listen and to tell; completes once it listens, or could not: what is claimed or ends before is not heard.</summary>
    public Task StartAsync()
    {
        _running ??= Task.WhenAll(Task.Run(ListenAsync), Task.Run(TellAsync));
        return _tried.Task;
    }

    public IDisposable Subscribe(IStoreListener listener)
    {
        lock (_gate)
        {
            _listeners = [.. _listeners, listener];
        }

        return new Subscription(this, listener);
    }

    /// <summary>Tells the other nodes, if there are any, that a message ended. Returns at once.</summary>
    public void Ended(MessageKey key) => _texts.Writer.TryWrite($"e 0 {key.Id} {key.Tenant}");

    /// <summary>Tells the other nodes, if there are any, that something was committed to a channel. Returns at once.</summary>
    public void Committed(string channel) => _texts.Writer.TryWrite($"d 0 - {channel}");

    /// <summary>Tells all nodes, this one too, that something is to be handed on again. Returns at once.</summary>
    public void Waits(string channel)
    {
        Tell(listener => listener.Committed(channel));
        Committed(channel);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
        {
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _closing.Dispose();
    }

    /// <summary>Tells that news may have been missed.</summary>
    public void TellLost()
    {
        Lost();
        Tell(static listener => listener.NewsLost());
    }

    private async Task ListenAsync()
    {
        var isFirst = true;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                var connection = await _database.OpenAsync(_closing.Token).ConfigureAwait(false);
                await using var _ = connection.ConfigureAwait(false);
                connection.Notification += Hear;
                await ListenAsync(connection).ConfigureAwait(false);
                if (!isFirst || _database.Fault is null)
                {
                    // The store served while nobody listened.
                    TellLost();
                }

                isFirst = false;
                _tried.TrySetResult();
                try
                {
                    while (true)
                    {
                        // A connection that is only listened to would not show that its peer is gone.
                        if (!await connection.WaitAsync(CheckInterval, _closing.Token).ConfigureAwait(false))
                        {
                            await ListenAsync(connection).ConfigureAwait(false);
                        }
                    }
                }
                finally
                {
                    connection.Notification -= Hear;
                }
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The keeper says what is wrong with the database; here it is only tried again.
            }
            catch (Exception exception)
            {
                PostgresLog.Unexpected(_logger, _database.Place, "the listener to news", exception.Message, exception);
            }

            _tried.TrySetResult();
            await Task.Delay(_database.Fault is null ? TimeSpan.FromMilliseconds(50) : DatabaseKeeper.Interval, _time, _closing.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TellAsync()
    {
        var texts = new HashSet<string>();
        while (await _texts.Reader.WaitToReadAsync(_closing.Token).ConfigureAwait(false))
        {
            var waiting = _texts.Reader.Count;
            if (!await HasOthersAsync().ConfigureAwait(false))
            {
                for (; waiting > 0 && _texts.Reader.TryRead(out _); waiting--)
                {
                }

                continue;
            }

            // A busy channel is named once for all that was committed to it meanwhile.
            texts.Clear();
            while (texts.Count < MaxTogether && _texts.Reader.TryRead(out var text))
            {
                texts.Add(text);
            }

            while (!await TryTellAsync([.. texts]).ConfigureAwait(false))
            {
                await Task.Delay(DatabaseKeeper.Interval, _time, _closing.Token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Whether anybody is there to be told. A node that joined a moment ago may have been asked already for the end of a message, and is
    /// seen by the first beat that begins from now on.
    /// </summary>
    private async Task<bool> HasOthersAsync()
    {
        for (var until = _lease.Beats + 2; !_lease.HasOthers && _lease.Beats < until;)
        {
            await Task.Delay(DatabaseKeeper.Interval / 4, _time, _closing.Token).ConfigureAwait(false);
        }

        return _lease.HasOthers;
    }

    private async Task<bool> TryTellAsync(string[] texts)
    {
        try
        {
            return await _database.RunAsync(texts, NotifyAsync, _closing.Token).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            // The database is away: whoever waits for these still wants them when it is back.
            return false;
        }
    }

    private async Task<bool> NotifyAsync(NpgsqlConnection connection, string[] texts)
    {
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SELECT set_config('synchronous_commit', 'off', true)"),
                new NpgsqlBatchCommand($"SELECT pg_notify('{_database.Schema}', text) FROM unnest($1::text[]) text") { Parameters = { new NpgsqlParameter<string[]> { TypedValue = texts } } },
            },
        };
        await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
        return true;
    }

    private async Task ListenAsync(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand($"LISTEN {_database.Schema}", connection);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private void Hear(object sender, NpgsqlNotificationEventArgs news)
    {
        var parts = news.Payload.Split(' ', 4);
        if (parts is ["d", _, _, var channel])
        {
            Tell(listener => listener.Committed(channel));
            return;
        }

        if (parts.Length != 4
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            || !MessageId.TryParse(parts[2], out var id))
        {
            return;
        }

        var key = new MessageKey(parts[3], id);
        if (parts[0] == "c")
        {
            Claimed(key, epoch);
            Tell(listener => listener.Claimed(key, epoch));
        }
        else
        {
            Claimed(key, long.MaxValue);
            Tell(listener => listener.Ended(key));
        }
    }

    private void Tell(Action<IStoreListener> what)
    {
        lock (_telling)
        {
            foreach (var listener in Volatile.Read(ref _listeners))
            {
                what(listener);
            }
        }
    }

    private sealed class Subscription(NewsDesk desk, IStoreListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (desk._gate)
            {
                desk._listeners = [.. desk._listeners.Where(other => other != listener)];
            }
        }
    }
}
