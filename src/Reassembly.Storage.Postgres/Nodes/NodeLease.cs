using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Reassembly.Storage.Postgres.Nodes;

/// <summary>
/// This node's lease: a row with its number, renewed by the database's clock. A number that was not renewed for
/// <see cref="DeadAfterSeconds"/> belongs to nobody: others take over what it owned. A node that comes back from so long a pause that its
/// row is gone takes a new number.
/// </summary>
internal sealed class NodeLease(Database database, ILogger logger)
{
    public const int DeadAfterSeconds = 10;

    // Rows of dead nodes mean nothing; they stay a little for a person to see.
    private const int ForgetAfterSeconds = 300;

    private readonly string _beat = $"UPDATE {database.Schema}.node SET beat_at = clock_timestamp() WHERE no = $1";
    private readonly string _take = $"INSERT INTO {database.Schema}.node (name) VALUES ($1) RETURNING no";
    private readonly string _forget = $"DELETE FROM {database.Schema}.node WHERE beat_at < clock_timestamp() - interval '{ForgetAfterSeconds} s'";
    // Also those that are silent: one that was paused listens still, and takes what it is told when it wakes.
    private readonly string _others = $"SELECT count(*) FROM {database.Schema}.node WHERE no <> $1";

    // Owners that own something, found by jumping from one to the next in the index; those without a live lease are dead.
    private readonly string _dead = $"""
        WITH RECURSIVE {Owners("writer", $"{database.Schema}.message")}, {Owners("taker", $"{database.Schema}.delivery")}
        SELECT o.no FROM (SELECT no FROM writer UNION SELECT no FROM taker) o WHERE o.no IS NOT NULL AND NOT {IsAlive(database.Schema, "o.no")}
        """;

    private long _node;
    private long _beats;
    private volatile bool _hasOthers;
    private volatile long[] _deadOwners = [];

    /// <summary>This node's number, by which messages name their owner.</summary>
    public long Node => Volatile.Read(ref _node);

    /// <summary>How often the lease was renewed and the others looked at.</summary>
    public long Beats => Volatile.Read(ref _beats);

    /// <summary>Called when the lease was over and is taken anew: the others may have taken this node for gone.</summary>
    public Action Retaken { get; set; } = static () => { };

    /// <summary>Whether there are other nodes, or were a moment ago.</summary>
    public bool HasOthers => _hasOthers;

    /// <summary>Numbers that own messages or deliveries and have no live lease, as of the last beat.</summary>
    public IReadOnlyList<long> DeadOwners => _deadOwners;

    /// <summary>Whether a number has a live lease, as a condition.</summary>
    /// <param name="schema">Of the tables.</param>
    /// <param name="owner">The number.</param>
    public static string IsAlive(string schema, string owner)
        => $"EXISTS (SELECT FROM {schema}.node n WHERE n.no = {owner} AND n.beat_at > clock_timestamp() - interval '{DeadAfterSeconds} s')";

    public async Task BeatAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using (var beat = new NpgsqlCommand(_beat, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = Node } } })
        {
            if (await beat.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 0)
            {
                await TakeAsync(connection, cancellationToken).ConfigureAwait(false);
            }
        }

        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(_forget),
                new NpgsqlBatchCommand(_others) { Parameters = { new NpgsqlParameter<long> { TypedValue = Node } } },
                new NpgsqlBatchCommand(_dead),
            },
        };
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        _hasOthers = reader.GetInt64(0) > 0;
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var dead = new List<long>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            dead.Add(reader.GetInt64(0));
        }

        _deadOwners = [.. dead];
        Interlocked.Increment(ref _beats);
    }

    /// <summary>Gives the lease back: what this node owned is another's at once.</summary>
    public async Task ReturnAsync()
    {
        try
        {
            var connection = await database.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            await using var _ = connection.ConfigureAwait(false);
            using var command = new NpgsqlCommand($"DELETE FROM {database.Schema}.node WHERE no = $1", connection)
            {
                Parameters = { new NpgsqlParameter { Value = Node, NpgsqlDbType = NpgsqlDbType.Bigint } },
            };
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException)
        {
            // It runs out by itself.
        }
    }

    private static string Owners(string name, string table) => $"""
        {name}(no) AS (
            (SELECT owner FROM {table} WHERE owner IS NOT NULL ORDER BY owner LIMIT 1)
            UNION ALL
            SELECT (SELECT owner FROM {table} WHERE owner > o.no ORDER BY owner LIMIT 1) FROM {name} o WHERE o.no IS NOT NULL)
        """;

    private async Task TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var take = new NpgsqlCommand(_take, connection) { Parameters = { new NpgsqlParameter { Value = Environment.MachineName } } };
        var had = Node;
        Volatile.Write(ref _node, (long)(await take.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
        if (had != 0)
        {
            PostgresLog.LeaseLost(logger, database.Place, Node);
            Retaken();
        }
    }
}
