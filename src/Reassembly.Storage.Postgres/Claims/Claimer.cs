using Npgsql;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Storage.Postgres.News;
using Reassembly.Storage.Postgres.Nodes;
using Reassembly.Storage.Postgres.Payload;
using Reassembly.Storage.Postgres.Queries;

namespace Reassembly.Storage.Postgres.Claims;

/// <summary>
/// Takes messages over in one statement: the row of an unknown one is put in, that of an open one gets a new epoch and this node
/// for its owner. It waits for a write that has touched the row, and reads what that left. A claim need not be durable: one that a
/// crash of the database undoes was followed by no durable write, which would have made it durable too.
/// </summary>
internal sealed class Claimer
{
    private const int MaxTries = 5;

    /// <summary>Of an epoch; the sequence has those above.</summary>
    private const int RandomBits = 24;

    private readonly Database _database;
    private readonly NodeLease _lease;
    private readonly ClaimBook _book;
    private readonly MessageFinder _finder;
    private readonly PostgresStoreProbe _probe;
    private readonly string _claim;

    public Claimer(Database database, NodeLease lease, ClaimBook book, MessageFinder finder, PostgresStoreProbe probe)
    {
        _database = database;
        _lease = lease;
        _book = book;
        _finder = finder;
        _probe = probe;
        var schema = database.Schema;

        // The epoch is drawn while the row is held, so that of two claims the later has the higher one; and from one sequence for all
        // messages, so that a purged id that begins again does not meet the epochs of its former life. Its low bits are chance: a claim need
        // not be durable, and when a crash of the database takes one back it takes the sequences back too, and would hand the same
        // number and epoch out again, to another message, while the first owner still writes under them.
        var epoch = $"(nextval('{schema}.epoch') << {RandomBits}) | floor(random() * {1 << RandomBits})::bigint";
        _claim = $"""
            WITH claimed AS (
                INSERT INTO {schema}.message AS m (id, tenant, epoch, owner, created_at, expires_at)
                VALUES ($1, $2, {epoch}, $3, $4, $5)
                ON CONFLICT (id, tenant) DO UPDATE SET epoch = {epoch}, previous = m.owner, owner = excluded.owner WHERE m.state <= 0
                RETURNING m.*)
            SELECT {MessageRow.Columns("c")}, c.epoch,
                CASE WHEN c.previous <> c.owner AND EXISTS (SELECT FROM {schema}.node n WHERE n.no = c.previous)
                    THEN pg_notify('{schema}', {NewsDesk.ClaimedText("c")}) IS NOT NULL END
            FROM claimed c
            """;
    }

    public async Task<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var owner = _lease.Node;
            var (row, epoch) = await _database.RunAsync((key, initial, owner), ClaimAsync, cancellationToken).ConfigureAwait(false);
            if (row is not { } claimed)
            {
                // It has ended, and is nobody's; unless it was purged since.
                if (await _finder.FindAsync(key, cancellationToken).ConfigureAwait(false) is { Record: { Outcome: not null } ended })
                {
                    return new MessageClaim(epoch, ended);
                }

                continue;
            }

            _finder.Seen(key, claimed.No);
            var claim = new Claim(key, claimed.No, epoch, owner) { Extents = Extents.Decode(claimed.Extents) };
            if (claimed.Record is { } record)
            {
                claim.Remember(record, claimed.StoredBytes);
            }

            if (_book.TryAdd(claim))
            {
                return new MessageClaim(epoch, claimed.Record);
            }
        }

        throw new StoreException($"message {key} could not be claimed in {_database.Place}: it changes too fast");
    }

    /// <summary>Looks for a message and claims it on this connection, and takes the claim back: often enough that both are prepared there.</summary>
    public async Task RehearseAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        for (var use = 0; use < Database.UsesUntilPrepared; use++)
        {
            var key = MessageKey.Default(new MessageId(Guid.NewGuid()));
            await _finder.FindAsync(connection, key).ConfigureAwait(false);
            var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await ClaimAsync(connection, key, _lease.Node, default, default).ConfigureAwait(false);
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<(MessageRow? Row, long Epoch)> ClaimAsync(NpgsqlConnection connection, (MessageKey Key, MessageRecord Initial, long Owner) claim)
    {
        _probe(PostgresStoreStep.BeforeClaim);
        var result = await ClaimAsync(connection, claim.Key, claim.Owner, claim.Initial.CreatedAt, claim.Initial.ExpiresAt).ConfigureAwait(false);
        _probe(PostgresStoreStep.Claimed);
        return result;
    }

    private async Task<(MessageRow? Row, long Epoch)> ClaimAsync(NpgsqlConnection connection, MessageKey key, long owner, DateTimeOffset createdAt, DateTimeOffset expiresAt)
    {
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SELECT set_config('synchronous_commit', 'off', true)"),
                new NpgsqlBatchCommand(_claim).With(key).With(owner).With(createdAt.UtcTicks).With(expiresAt.UtcTicks),
            },
        };
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync().ConfigureAwait(false);
        var found = await reader.ReadAsync().ConfigureAwait(false);
        var result = found ? ((MessageRow?)MessageRow.Read(reader), reader.GetInt64(MessageRow.Next)) : (null, 0);
        while (await reader.NextResultAsync().ConfigureAwait(false))
        {
        }

        return result;
    }
}
