using Microsoft.Extensions.Logging;
using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Postgres.News;
using Reassembly.Storage.Postgres.Nodes;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>
/// Takes entries that wait, in one statement that passes over what others are just taking. It waits for no disk: an attempt that a crash
/// of the database forgets is made and counted again, which is harmless, since deliveries are repeated after a crash anyway.
/// <para>What is taken for as long as this node lives is given back by nobody while it does. Where the answer to a taking is lost, or its
/// caller has gone, nobody works on what was taken: so the node compares now and then what it has in the database with what it knows
/// of, one at a time with its takings, and lets the rest wait again: with the next taking, or where there is none, with a beat of the node.</para>
/// </summary>
internal sealed class Taker(Database database, NodeLease lease, TakenBook book, NewsDesk news, TimeProvider time, ILogger logger, PostgresStoreProbe probe) : IDisposable
{
    private static readonly TimeSpan CompareInterval = TimeSpan.FromSeconds(10);

    private readonly string _take = $"""
        WITH due AS (
            SELECT no, sink FROM {database.Schema}.delivery
            WHERE sink = $1 AND due <= $3 AND state < 2 AND due < {Entry.Forever}
            ORDER BY committed LIMIT $2 FOR UPDATE SKIP LOCKED),
        taken AS (
            UPDATE {database.Schema}.delivery d SET state = {Entry.Taken}, attempt = d.attempt + 1, due = $4, claim = $6, owner = CASE WHEN $4 = {Entry.Forever} THEN $5::bigint END
            FROM due WHERE d.no = due.no AND d.sink = due.sink
            RETURNING d.no, d.committed, d.attempt)
        SELECT m.tenant, m.id, t.attempt FROM taken t JOIN {database.Schema}.message m ON m.no = t.no ORDER BY t.committed
        """;

    private readonly string _lock = $"""
        SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(hashtextextended('{database.Schema}' || ' ' || $1 || ' ' || $2, 0))
        """;

    private readonly string _takeNext = $"""
        WITH due AS (
            SELECT no, sink FROM {database.Schema}.delivery
            WHERE sink = $1 AND channel = $2 AND due <= $4 AND {Lanes.IsOpen}
                AND (SELECT count(*) FROM {database.Schema}.delivery WHERE sink = $1 AND channel = $2 AND state = {Entry.Taken} AND due > $4 AND {Lanes.IsBinding}) < $3
            ORDER BY committed LIMIT 1 FOR UPDATE SKIP LOCKED),
        taken AS (
            UPDATE {database.Schema}.delivery d SET state = {Entry.Taken}, attempt = d.attempt + 1, due = {Entry.Forever}, claim = NULL, owner = $5
            FROM due WHERE d.no = due.no AND d.sink = due.sink
            RETURNING d.no, d.attempt)
        SELECT m.tenant, m.id, t.attempt FROM taken t JOIN {database.Schema}.message m ON m.no = t.no
        """;

    private readonly string _owned = $"""
        SELECT m.tenant, m.id, d.attempt, d.sink, d.no FROM {database.Schema}.delivery d JOIN {database.Schema}.message m ON m.no = d.no WHERE d.owner = $1
        """;

    private readonly string _giveBack = $"""
        UPDATE {database.Schema}.delivery d SET state = {Entry.Waits}, due = 0, owner = NULL
        FROM unnest($2::bigint[], $3::text[], $4::int[]) AS i(no, sink, attempt)
        WHERE d.no = i.no AND d.sink = i.sink AND d.attempt = i.attempt AND d.owner = $1
        RETURNING d.channel
        """;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private long? _comparedAt;

    /// <inheritdoc cref="IDeliveryLedger.TakeAsync"/>
    public async Task<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken)
    {
        if (claim is not null)
        {
            return await database.RunAsync((sink, limit, now.UtcTicks, claim.Until.UtcTicks, (Guid?)claim.Token), TakeAsync, cancellationToken).ConfigureAwait(false);
        }

        return await HoldAsync(
            () => database.RunAsync((sink, limit, now.UtcTicks, Entry.Forever, (Guid?)null), TakeAsync, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="IDeliveryLedger.TakeNextAsync"/>
    public async Task<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken)
        => await HoldAsync(() => database.RunAsync((sink, channel, most, now.UtcTicks), TakeNextAsync, cancellationToken), cancellationToken).ConfigureAwait(false) is [var next]
            ? next
            : null;

    /// <summary>Compares, if it is time. While somebody takes it is not waited for: whoever does compares, too.</summary>
    public async Task BeatAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!IsTimeToCompare || !await _turn.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            Compared(await GiveBackAsync(connection, lease.Node).ConfigureAwait(false));
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private bool IsTimeToCompare => _comparedAt is not { } last || time.GetElapsedTime(last) > CompareInterval;

    /// <summary>Takes for as long as this node lives, one at a time with the comparing.</summary>
    private async Task<IReadOnlyList<DeliveryAttempt>> HoldAsync(Func<Task<IReadOnlyList<DeliveryAttempt>>> take, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsTimeToCompare)
            {
                Compared(await database.RunAsync(lease.Node, GiveBackAsync, cancellationToken).ConfigureAwait(false));
            }

            var taken = await take().ConfigureAwait(false);
            foreach (var delivery in taken)
            {
                book.Add(delivery);
            }

            return taken;
        }
        catch
        {
            // Something may have been taken all the same.
            _comparedAt = null;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<IReadOnlyList<DeliveryAttempt>> TakeAsync(NpgsqlConnection connection, (string Sink, int Limit, long Now, long Until, Guid? Claim) what)
    {
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SELECT set_config('synchronous_commit', 'off', true)"),
                new NpgsqlBatchCommand(_take).With(what.Sink).With(what.Limit).With(what.Now).With(what.Until).With(lease.Node).With(what.Claim),
            },
        };
        return await TakeAsync(batch, what.Sink, what.Claim).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<DeliveryAttempt>> TakeNextAsync(NpgsqlConnection connection, (string Sink, string Channel, int Most, long Now) what)
    {
        // The lock is asked for by a statement of its own: the one after it sees what whoever had it has taken.
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(_lock).With(what.Sink).With(what.Channel),
                new NpgsqlBatchCommand(_takeNext).With(what.Sink).With(what.Channel).With(what.Most).With(what.Now).With(lease.Node),
            },
        };
        return await TakeAsync(batch, what.Sink, claim: null).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<DeliveryAttempt>> TakeAsync(NpgsqlBatch batch, string sink, Guid? claim)
    {
        probe(PostgresStoreStep.BeforeEntries);
        var taken = new List<DeliveryAttempt>();
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            taken.Add(Read(reader, sink) with { Claim = claim });
        }

        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }

        probe(PostgresStoreStep.EntriesChanged);
        return taken;
    }

    private void Compared(IReadOnlyList<string> givenBack)
    {
        _comparedAt = time.GetTimestamp();
        if (givenBack.Count > 0)
        {
            PostgresLog.DeliveriesGivenBack(logger, database.Place, givenBack.Count);
            givenBack.Distinct().ToList().ForEach(news.Waits);
        }
    }

    /// <returns>The channel of each.</returns>
    private async Task<IReadOnlyList<string>> GiveBackAsync(NpgsqlConnection connection, long node)
    {
        var strays = await FindStraysAsync(connection, node).ConfigureAwait(false);
        if (strays.Count == 0)
        {
            return [];
        }

        using var command = new NpgsqlCommand(_giveBack, connection).With(node)
            .With(strays.Select(static stray => stray.No).ToArray())
            .With(strays.Select(static stray => stray.Delivery.Sink).ToArray())
            .With(strays.Select(static stray => stray.Delivery.Attempt).ToArray());
        var channels = new List<string>();
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            channels.Add(reader.GetString(0));
        }

        return channels;
    }

    private async Task<List<(long No, DeliveryAttempt Delivery)>> FindStraysAsync(NpgsqlConnection connection, long node)
    {
        var strays = new List<(long, DeliveryAttempt)>();
        using var command = new NpgsqlCommand(_owned, connection).With(node);
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var delivery = Read(reader, reader.GetString(3));
            if (!book.Holds(delivery))
            {
                strays.Add((reader.GetInt64(4), delivery));
            }
        }

        return strays;
    }

    private static DeliveryAttempt Read(NpgsqlDataReader reader, string sink)
        => new(new MessageKey(reader.GetString(0), new MessageId(reader.GetGuid(1))), sink, reader.GetInt32(2));
}
