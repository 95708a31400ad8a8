using Npgsql;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres;

/// <summary>
/// What the whole store holds: counted by reading all records now and then, and kept in between by what this node changes. What
/// other nodes change shows at the next count, which waits twenty times as long as the last one took.
/// </summary>
internal sealed class UsageCounter(Database database, TimeProvider time)
{
    private const int ShareOfTime = 20;

    // Millions of records take longer than any other statement may.
    private const int PatienceSeconds = 300;

    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(1);

    private readonly string _count = $"SELECT count(*) FILTER (WHERE state = 0), coalesce(sum(stored), 0)::bigint FROM {database.Schema}.message WHERE state = 0 OR stored > 0";
    private readonly Lock _gate = new();
    private Task? _counting;
    private long? _countedAt;
    private TimeSpan _interval;
    private int _openMessages;
    private long _payloadBytes;

    public void Add(int openMessages, long payloadBytes)
    {
        lock (_gate)
        {
            _openMessages += openMessages;
            _payloadBytes += payloadBytes;
        }
    }

    public async ValueTask<StoreUsage> GetAsync(CancellationToken cancellationToken)
    {
        database.ThrowIfOut();
        Task counting;
        lock (_gate)
        {
            if (_countedAt is { } last && time.GetElapsedTime(last) < _interval)
            {
                return new StoreUsage(_openMessages, _payloadBytes);
            }

            counting = _counting is null or { IsCompleted: true } ? _counting = CountAsync() : _counting;
        }

        await counting.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return new StoreUsage(_openMessages, _payloadBytes);
        }
    }

    private async Task CountAsync()
    {
        var began = time.GetTimestamp();
        try
        {
            var (openMessages, payloadBytes) = await database.RunAsync(_count, CountAsync, CancellationToken.None).ConfigureAwait(false);
            lock (_gate)
            {
                (_openMessages, _payloadBytes) = (openMessages, payloadBytes);
                _countedAt = time.GetTimestamp();
            }
        }
        finally
        {
            lock (_gate)
            {
                // A count that failed must not come again at once, either.
                var took = time.GetElapsedTime(began) * ShareOfTime;
                _interval = took > LeastInterval ? took : LeastInterval;
            }
        }
    }

    private static async Task<(int OpenMessages, long PayloadBytes)> CountAsync(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = PatienceSeconds };
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.ReadAsync().ConfigureAwait(false);
        return ((int)reader.GetInt64(0), reader.GetInt64(1));
    }
}
