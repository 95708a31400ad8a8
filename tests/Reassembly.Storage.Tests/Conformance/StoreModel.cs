using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>
/// Writes at random over a few messages and remembers, for each, what completed last and what failed since: after a death the store
/// must have one of these, and the bytes of whichever it has.
/// </summary>
internal sealed class StoreModel(IStoreHarness harness, Random random)
{
    /// <summary>How many messages are written to at a time.</summary>
    public const int Messages = 4;

    private const int BlockBytes = 3000;
    private const int Blocks = 12;

    private readonly List<Known> _messages = [.. Enumerable.Range(0, Messages).Select(index => new Known(index))];

    public int Completed { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Writes refused because their owner was to claim anew, of <see cref="MayFence"/> stores.</summary>
    public int Fenced { get; private set; }

    /// <summary>
    /// Whether the store may fence an owner that nobody took over from: a shared one does after an outage, when it may have missed
    /// who did, or when the claim was lost with a crash. Such a write was certainly not done.
    /// </summary>
    public bool MayFence { get; init; }

    /// <summary>Whether a write failed since the last check.</summary>
    public bool SawFailure { get; private set; }

    public async Task WriteSomewhereAsync(int atOnce)
    {
        var chosen = _messages.OrderBy(_ => random.Next()).Take(atOnce).Select(known => (known, plan: Plan(known))).ToArray();
        var results = await Task.WhenAll(chosen.Select(one => Task.Run(() => TryWriteAsync(one.known, one.plan))));
        for (var index = 0; index < chosen.Length; index++)
        {
            var (known, plan) = chosen[index];
            switch (results[index])
            {
                case Answer.Completed:
                    Completed++;
                    known.Acked = plan.Record;
                    known.Attempted.Clear();
                    break;
                case Answer.Failed:
                    Failed++;
                    SawFailure = true;
                    known.Attempted.Add(plan.Record);
                    known.Epoch = null;
                    break;
                default:
                    Fenced++;
                    known.Epoch = null;
                    break;
            }
        }
    }

    public async Task CheckAsync()
    {
        SawFailure = false;
        for (var index = 0; index < _messages.Count; index++)
        {
            var known = _messages[index];
            var found = await harness.Store.FindAsync(known.Key);
            var expected = known.Attempted.Find(attempted => IsSame(found, attempted)) ?? known.Acked;
            Assert.True(IsSame(found, expected), $"message {known.Key}: found {Describe(found)}, acked {Describe(known.Acked)}, attempted {string.Join(", ", known.Attempted.Select(Describe))}");
            foreach (var range in found?.Durable ?? [])
            {
                var bytes = await harness.Store.ReadAsync(known.Key, range.From, (int)range.Length);
                Assert.True(known.Payload.AsSpan((int)range.From, (int)range.Length).SequenceEqual(bytes), $"message {known.Key}: the bytes of {range} are not those written");
            }

            known.Acked = found;
            known.Attempted.Clear();
            known.Epoch = null;
            if (found?.Outcome is not null)
            {
                _messages[index] = new Known(random.Next());
            }
        }
    }

    private static bool IsSame(MessageRecord? left, MessageRecord? right)
        => left is null || right is null
            ? left is null && right is null
            : left.ExpiresAt == right.ExpiresAt && left.Outcome == right.Outcome && left.Durable.SequenceEqual(right.Durable);

    private static string Describe(MessageRecord? record)
        => record is null ? "nothing" : $"{record.Outcome?.State.ToString() ?? "open"} {string.Join(' ', record.Durable)} until {record.ExpiresAt.Ticks}";

    private MessageWrite Plan(Known known)
    {
        if (known.Acked?.Outcome is not null)
        {
            known.Renew(random.Next());
        }

        var record = (known.Acked ?? Conformance.Messages.Record()) with { ExpiresAt = Conformance.Messages.Later.AddTicks(random.Next()) };
        if (random.Next(12) == 0)
        {
            var end = Conformance.Messages.Ended(known.Key, OutcomeState.Aborted, 0);
            return new MessageWrite([], end with { ExpiresAt = record.ExpiresAt });
        }

        if (known.Acked is null && random.Next(4) == 0)
        {
            var size = 1 + random.Next(2 * BlockBytes);
            var end = Conformance.Messages.Ended(known.Key, OutcomeState.Committed, size);
            return new MessageWrite([new Segment(0, known.Payload.AsMemory(0, size))], end with { ExpiresAt = record.ExpiresAt });
        }

        var blocks = Enumerable.Range(0, Blocks).Where(_ => random.Next(4) == 0).ToArray();
        var durable = Enumerable.Range(0, Blocks).Where(block => blocks.Contains(block) || record.Durable.Any(range => range.Overlaps(BlockRange(block)))).Select(BlockRange);
        var segments = blocks.Select(block => new Segment(block * BlockBytes, known.Payload.AsMemory(block * BlockBytes, BlockBytes))).ToArray();
        return new MessageWrite(segments, record with { Durable = Joined(durable) });
    }

    private static ByteRange BlockRange(int block) => new(block * BlockBytes, (block + 1) * BlockBytes);

    private static List<ByteRange> Joined(IEnumerable<ByteRange> ranges)
    {
        var joined = new List<ByteRange>();
        foreach (var range in ranges)
        {
            if (joined.Count > 0 && joined[^1].To == range.From)
            {
                joined[^1] = joined[^1] with { To = range.To };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    private async Task<Answer> TryWriteAsync(Known known, MessageWrite write)
    {
        try
        {
            known.Epoch ??= await harness.Store.ClaimAsync(known.Key);
            await harness.Store.WriteAsync(known.Key, known.Epoch.Value, write);
            return Answer.Completed;
        }
        catch (StoreException)
        {
            return Answer.Failed;
        }
        catch (FencedException) when (known.Attempted.Count > 0)
        {
            // The attempt before was done after all, and it was the message's end.
            return Answer.Failed;
        }
        catch (FencedException) when (MayFence)
        {
            return Answer.Fenced;
        }
    }

    private enum Answer
    {
        Completed,
        Failed,
        Fenced,
    }

    private sealed class Known(int seed)
    {
        public MessageKey Key { get; private set; } = Conformance.Messages.NewKey();

        public byte[] Payload { get; private set; } = Conformance.Messages.Bytes(Blocks * BlockBytes, seed);

        public long? Epoch { get; set; }

        public MessageRecord? Acked { get; set; }

        /// <summary>What failed since the last that completed: any of it may have been done.</summary>
        public List<MessageRecord> Attempted { get; } = [];

        public void Renew(int seed)
        {
            Key = Conformance.Messages.NewKey();
            Payload = Conformance.Messages.Bytes(Blocks * BlockBytes, seed);
            Epoch = null;
            Acked = null;
            Attempted.Clear();
        }
    }
}
