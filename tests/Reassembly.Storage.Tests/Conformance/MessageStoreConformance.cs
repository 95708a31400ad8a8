using System.Security.Cryptography;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Xunit.Abstractions;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>What every store does. A store is in the project once a class of tests inherits this.</summary>
public abstract class MessageStoreConformance(ITestOutputHelper output) : DeadLetterConformance(output)
{
    [StoreFact]
    public async Task Bytes_come_back_from_their_offsets_whatever_the_order_they_came_in()
    {
        var key = NewKey();
        var payload = Bytes(300_000);
        var epoch = await Store.ClaimAsync(key);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(200_000, 300_000)), (200_000, payload[200_000..]));
        await Store.WriteAsync(
            key, epoch, Record(new ByteRange(0, 50_000), new ByteRange(60_000, 300_000)),
            (0, payload[..20_000]), (20_000, payload[20_000..50_000]), (60_000, payload[60_000..200_000]));
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 300_000)), (50_000, payload[50_000..60_000]));

        Assert.Equal(payload, await Store.ReadAsync(key, 0, payload.Length));
        Assert.Equal(payload[49_990..60_010], await Store.ReadAsync(key, 49_990, 10_020));
    }

    [StoreFact]
    public async Task Reading_stops_at_the_highest_byte()
    {
        var key = NewKey();
        var epoch = await Store.ClaimAsync(key);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 1000)), (0, Bytes(1000)));

        Assert.Equal(Bytes(1000)[990..], await Store.ReadAsync(key, 990, 500));
        Assert.Empty(await Store.ReadAsync(key, 1000, 10));
        Assert.Empty(await Store.ReadAsync(key, 5000, 10));
        Assert.Empty(await Store.ReadAsync(key, 0, 0));
        Assert.Empty(await Store.ReadAsync(NewKey(), 0, 10));
    }

    [StoreFact]
    public async Task A_write_replaces_the_whole_record()
    {
        var key = NewKey();
        var epoch = await Store.ClaimAsync(key);
        var first = Record(new ByteRange(5, 10));
        var second = first with { Open = Open(key), Size = 123_456, ExpiresAt = Later.AddTicks(1), Durable = [new ByteRange(0, 10), new ByteRange(1L << 40, (1L << 40) + 3)] };
        await Store.WriteAsync(key, epoch, first, (5, Bytes(5)));
        AssertSame(first, await Store.FindAsync(key));
        await Store.WriteAsync(key, epoch, second, (0, Bytes(5)));
        AssertSame(second, await Store.FindAsync(key));
        await Store.WriteAsync(key, epoch, second with { ExpiresAt = Later.AddMinutes(1) });
        AssertSame(second with { ExpiresAt = Later.AddMinutes(1) }, await Store.FindAsync(key));
    }

    [StoreFact]
    public async Task A_write_without_bytes_is_a_record()
    {
        var key = NewKey();
        var record = Record() with { Open = Open(key) };
        await Store.WriteAsync(key, await Store.ClaimAsync(key), record);
        AssertSame(record, await Store.FindAsync(key));
    }

    [StoreFact]
    public async Task A_claim_says_what_is_recorded_and_raises_the_epoch()
    {
        var key = NewKey();
        var first = await Store.ClaimAsync(key, Record(), CancellationToken.None);
        Assert.Null(first.Record);
        Assert.Null(await Store.FindAsync(key));
        await Store.WriteAsync(key, first.Epoch, Record(new ByteRange(0, 5)), (0, Bytes(5)));

        var second = await Store.ClaimAsync(key, Record(), CancellationToken.None);
        AssertSame(Record(new ByteRange(0, 5)), second.Record);
        Assert.True(second.Epoch > first.Epoch);
    }

    [StoreFact]
    public async Task A_stale_epoch_is_refused_and_its_bytes_are_not_seen()
    {
        var key = NewKey();
        var stale = await Store.ClaimAsync(key);
        var epoch = await Store.ClaimAsync(key);
        await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 100)), (0, Bytes(100, seed: 1)));

        var refusal = await Assert.ThrowsAsync<FencedException>(() => Store.WriteAsync(key, stale, Record(new ByteRange(0, 200)), (0, Bytes(200, seed: 2))).AsTask());
        Assert.Equal(key, refusal.Key);
        await Assert.ThrowsAsync<FencedException>(() => Store.WriteAsync(key, stale, Ended(key, OutcomeState.Aborted, 0)).AsTask());
        Assert.Equal(Bytes(100, seed: 1), await Store.ReadAsync(key, 0, 200));
        AssertSame(Record(new ByteRange(0, 100)), await Store.FindAsync(key));
    }

    [StoreFact]
    public async Task A_write_without_a_claim_is_refused()
        => await Assert.ThrowsAsync<FencedException>(() => Store.WriteAsync(NewKey(), 1, Record()).AsTask());

    [StoreFact]
    public async Task The_same_bytes_may_be_written_again()
    {
        var key = NewKey();
        var epoch = await Store.ClaimAsync(key);
        var record = Record(new ByteRange(0, 500));
        await Store.WriteAsync(key, epoch, record, (0, Bytes(500)));
        await Store.WriteAsync(key, epoch, record, (0, Bytes(500)));
        Assert.Equal(Bytes(500), await Store.ReadAsync(key, 0, 500));
        Assert.Equal(500, (await Catalogue.GetUsageAsync(CancellationToken.None)).PayloadBytes);
    }

    [StoreFact]
    public async Task Of_racing_owners_the_newest_keeps_the_bytes_it_was_acked()
    {
        for (var round = 0; round < 40; round++)
        {
            var key = NewKey();
            var owners = await Task.WhenAll(Enumerable.Range(1, 4).Select(seed => Task.Run(() => OwnAsync(key, seed))));
            var newest = owners.MaxBy(owner => owner.Epoch);

            Assert.True(newest.Acked);
            Assert.Equal(Bytes(4096, newest.Seed), await Store.ReadAsync(key, 0, 4096));
        }

        async Task<(long Epoch, int Seed, bool Acked)> OwnAsync(MessageKey key, int seed)
        {
            var epoch = await Store.ClaimAsync(key);
            try
            {
                await Store.WriteAsync(key, epoch, Record(new ByteRange(0, 4096)), (0, Bytes(4096, seed)));
                return (epoch, seed, true);
            }
            catch (FencedException)
            {
                return (epoch, seed, false);
            }
        }
    }

    [StoreTheory]
    [InlineData(OutcomeState.Committed)]
    [InlineData(OutcomeState.Rejected)]
    [InlineData(OutcomeState.Expired)]
    [InlineData(OutcomeState.Aborted)]
    public async Task An_outcome_sticks_and_only_a_committed_payload_stays(OutcomeState state)
    {
        var key = NewKey();
        await Store.EndAsync(key, state, Bytes(1000));

        AssertSame(Ended(key, state, 1000), await Store.FindAsync(key));
        AssertSame(Ended(key, state, 1000), (await Store.ClaimAsync(key, Record(), CancellationToken.None)).Record);
        Assert.Equal(state == OutcomeState.Committed ? Bytes(1000) : [], await Store.ReadAsync(key, 0, 1000));
    }

    [StoreTheory]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(70_000)]
    public async Task A_whole_message_may_come_with_its_outcome_in_one_write_and_in_pieces(int size)
    {
        var payload = Bytes(size);
        MessageKey whole = NewKey(), pieces = NewKey("acme"), last = NewKey();
        var middle = size / 2;
        await Store.WriteAsync(whole, await Store.ClaimAsync(whole), Ended(whole, OutcomeState.Committed, size), (0, payload));
        (long, byte[])[] parts = [(0, payload[..middle]), (middle, payload[middle..])];
        await Store.WriteAsync(pieces, await Store.ClaimAsync(pieces), Ended(pieces, OutcomeState.Committed, size), [.. parts.Where(part => part.Item2.Length > 0)]);
        var epoch = await Store.ClaimAsync(last);
        await Store.WriteAsync(last, epoch, Record([.. middle > 0 ? [new ByteRange(0, middle)] : Array.Empty<ByteRange>()]), [.. parts[..1].Where(part => part.Item2.Length > 0)]);
        await Store.WriteAsync(last, epoch, Ended(last, OutcomeState.Committed, size), parts[1]);
        foreach (var key in new[] { whole, pieces, last })
        {
            AssertSame(Ended(key, OutcomeState.Committed, size), await Store.FindAsync(key));
            Assert.Equal(payload, await Store.ReadAsync(key, 0, size + 300));
            Assert.Equal(payload[middle..], await Store.ReadAsync(key, middle, size));
            Assert.Equal(payload[middle..^(size - middle > 1 ? 1 : 0)], await Store.ReadAsync(key, middle, Math.Max(1, size - middle - 1)));
            Assert.Empty(await Store.ReadAsync(key, size, 10));
        }

        Assert.Equal(new StoreUsage(0, 3 * size), await Catalogue.GetUsageAsync(CancellationToken.None));
        await Catalogue.PurgeAsync(Later, 10, CancellationToken.None);
        Assert.Equal(new StoreUsage(0, 0), await Catalogue.GetUsageAsync(CancellationToken.None));
        foreach (var key in new[] { whole, pieces, last })
        {
            Assert.Null(await Store.FindAsync(key));
        }
    }

    [StoreFact]
    public async Task An_empty_message_can_be_committed()
    {
        var key = NewKey();
        await Store.WriteAsync(key, await Store.ClaimAsync(key), Ended(key, OutcomeState.Committed, 0));
        AssertSame(Ended(key, OutcomeState.Committed, 0), await Store.FindAsync(key));
        Assert.Empty(await Store.ReadAsync(key, 0, 10));
    }

    [StoreFact]
    public async Task The_same_id_of_another_tenant_is_another_message()
    {
        var id = NewKey().Id;
        MessageKey[] keys = [MessageKey.Default(id), new("acme", id), new("Acme", id), new("../a~b/%", id), new(new string('x', 250), id), new(new string('x', 251), id)];
        for (var index = 0; index < keys.Length; index++)
        {
            await Store.WriteAsync(keys[index], await Store.ClaimAsync(keys[index]), Record(new ByteRange(0, 100)), (0, Bytes(100, index)));
        }

        for (var index = 0; index < keys.Length; index++)
        {
            Assert.Equal(Bytes(100, index), await Store.ReadAsync(keys[index], 0, 100));
        }
    }

    [StoreFact]
    public async Task Overdue_messages_are_the_open_ones_whose_time_has_passed()
    {
        var overdue = NewKey();
        var waiting = NewKey();
        await Store.WriteAsync(overdue, await Store.ClaimAsync(overdue), Record() with { ExpiresAt = Start.AddSeconds(1) });
        await Store.WriteAsync(waiting, await Store.ClaimAsync(waiting), Record() with { ExpiresAt = Start.AddSeconds(3) });
        await Store.EndAsync(NewKey(), OutcomeState.Aborted, [], expiresAt: Start.AddSeconds(1));

        Assert.Empty(await Catalogue.ListOverdueAsync(Start, 10, CancellationToken.None));
        Assert.Equal([overdue], await Catalogue.ListOverdueAsync(Start.AddSeconds(2), 10, CancellationToken.None));
        Assert.Equal(2, (await Catalogue.ListOverdueAsync(Start.AddSeconds(4), 10, CancellationToken.None)).Count);
        Assert.Single(await Catalogue.ListOverdueAsync(Start.AddSeconds(4), 1, CancellationToken.None));
    }

    [StoreFact]
    public async Task Purge_drops_what_ended_and_is_due()
    {
        var due = Start.AddSeconds(10);
        MessageKey open = NewKey(), kept = NewKey(), committed = NewKey(), aborted = NewKey(), rejected = NewKey();
        await Store.WriteAsync(open, await Store.ClaimAsync(open), Record(new ByteRange(0, 5)) with { ExpiresAt = Start }, (0, Bytes(5)));
        await Store.EndAsync(kept, OutcomeState.Committed, Bytes(10), expiresAt: due.AddSeconds(1));
        await Store.EndAsync(committed, OutcomeState.Committed, Bytes(10), expiresAt: Start);
        await Store.EndAsync(aborted, OutcomeState.Aborted, Bytes(10), expiresAt: Start);
        await Store.EndAsync(rejected, OutcomeState.Rejected, Bytes(10), expiresAt: due);

        var first = await Catalogue.PurgeAsync(due, 2, CancellationToken.None);
        var second = await Catalogue.PurgeAsync(due, 2, CancellationToken.None);
        Assert.Equal(2, first.Count);
        Assert.Single(second);
        Assert.Equal(Sorted(committed, aborted, rejected), Sorted([.. first.Concat(second).Select(purged => purged.Key)]));
        Assert.Equal(committed, Assert.Single(first.Concat(second), purged => purged.WasUndelivered).Key);
        foreach (var (key, _) in first.Concat(second))
        {
            Assert.Null(await Store.FindAsync(key));
            Assert.Empty(await Store.ReadAsync(key, 0, 10));
        }

        Assert.NotNull(await Store.FindAsync(open));
        Assert.NotNull(await Store.FindAsync(kept));

        static IEnumerable<MessageKey> Sorted(params MessageKey[] keys) => keys.OrderBy(key => key.Id);
    }

    [StoreFact]
    public async Task A_purged_id_can_begin_again_and_owners_from_before_stay_fenced()
    {
        var key = NewKey();
        var old = await Store.ClaimAsync(key);
        await Store.WriteAsync(key, old, Ended(key, OutcomeState.Committed, 50) with { ExpiresAt = Start }, (0, Bytes(50, seed: 1)));

        // Read, so that whatever a store remembers of its former life is remembered.
        Assert.Equal(Bytes(50, seed: 1), await Store.ReadAsync(key, 0, 50));
        await Catalogue.PurgeAsync(Later, 10, CancellationToken.None);

        var claim = await Store.ClaimAsync(key, Record(), CancellationToken.None);
        Assert.Null(claim.Record);
        Assert.True(claim.Epoch > old);
        await Assert.ThrowsAsync<FencedException>(() => Store.WriteAsync(key, old, Record(new ByteRange(0, 50)), (0, Bytes(50, seed: 1))).AsTask());
        await Store.WriteAsync(key, claim.Epoch, Record(new ByteRange(0, 20)), (0, Bytes(20, seed: 2)));
        Assert.Equal(Bytes(20, seed: 2), await Store.ReadAsync(key, 0, 50));
    }

    [StoreFact]
    public async Task Usage_counts_open_messages_and_durable_bytes()
    {
        MessageKey first = NewKey(), second = NewKey();
        var epoch = await Store.ClaimAsync(first);
        await Store.WriteAsync(first, epoch, Record(new ByteRange(10, 40)), (10, Bytes(30)));
        await Store.EndAsync(second, OutcomeState.Committed, Bytes(100), expiresAt: Start);
        await Store.EndAsync(NewKey(), OutcomeState.Rejected, Bytes(100), expiresAt: Later.AddDays(1));
        Assert.Equal(new StoreUsage(1, 130), await Catalogue.GetUsageAsync(CancellationToken.None));

        await Catalogue.PurgeAsync(Later, 10, CancellationToken.None);
        Assert.Equal(new StoreUsage(1, 30), await Catalogue.GetUsageAsync(CancellationToken.None));
        await Store.WriteAsync(first, epoch, Ended(first, OutcomeState.Aborted, 40));
        Assert.Equal(new StoreUsage(0, 0), await Catalogue.GetUsageAsync(CancellationToken.None));
    }

    [StoreFact]
    public async Task Hundreds_of_messages_are_written_at_once()
    {
        var keys = Enumerable.Range(0, 400).Select(_ => NewKey()).ToArray();
        await Task.WhenAll(keys.Select((key, index) => Task.Run(async () =>
        {
            var epoch = await Store.ClaimAsync(key);
            for (var part = 0; part < 3; part++)
            {
                await Store.WriteAsync(key, epoch, Record(new ByteRange(0, (part + 1) * 1000)), (part * 1000, Bytes(3000, index)[(part * 1000)..((part + 1) * 1000)]));
            }

            await Store.WriteAsync(key, epoch, Ended(key, OutcomeState.Committed, 3000));
        })));

        for (var index = 0; index < keys.Length; index++)
        {
            Assert.Equal(Bytes(3000, index), await Store.ReadAsync(keys[index], 0, 4000));
        }

        Assert.Equal(new StoreUsage(0, 400 * 3000), await Catalogue.GetUsageAsync(CancellationToken.None));
    }

    [StoreFact]
    public async Task A_large_message_keeps_its_digest()
    {
        const int Parts = 64;
        const int Part = 1 << 20;
        var key = NewKey();
        var epoch = await Store.ClaimAsync(key);
        using var sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var part = 0; part < Parts; part++)
        {
            var bytes = Bytes(Part, part);
            sent.AppendData(bytes);
            var segments = Enumerable.Range(0, 16).Select(index => (((long)part * Part) + (index * 65_536), bytes[(index * 65_536)..((index + 1) * 65_536)])).ToArray();
            await Store.WriteAsync(key, epoch, Record(new ByteRange(0, (part + 1L) * Part)), segments);
        }

        await Store.WriteAsync(key, epoch, Ended(key, OutcomeState.Committed, (long)Parts * Part));
        await using var payload = new StoredPayloadStream(Store, key, (long)Parts * Part);
        Assert.Equal(sent.GetHashAndReset(), await SHA256.HashDataAsync(payload));
    }
}
