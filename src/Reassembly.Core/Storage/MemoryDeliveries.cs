namespace Reassembly.Core.Storage;

/// <summary>The delivery ledger in its shortest form: for each sink its entries by commit, under one lock.</summary>
internal sealed class MemoryDeliveries
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedDictionary<long, Entry>> _sinks = [];

    /// <summary>Puts an entry in for each sink of a plan.</summary>
    public void Add(MessageKey key, long committed, DeliveryPlan plan)
    {
        lock (_gate)
        {
            foreach (var sink in plan.Sinks)
            {
                if (!_sinks.TryGetValue(sink, out var entries))
                {
                    _sinks.Add(sink, entries = []);
                }

                entries[committed] = new Entry(key, sink, plan.Channel, plan.Since);
            }
        }
    }

    public IReadOnlyList<DeliveryAttempt> Take(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim)
    {
        lock (_gate)
        {
            var taken = new List<DeliveryAttempt>();
            foreach (var entry in Of(sink).Where(entry => entry.IsDueAt(now)).Take(limit))
            {
                taken.Add(Take(entry, claim));
            }

            return taken;
        }
    }

    public DeliveryAttempt? TakeNext(string sink, string channel, int most, DateTimeOffset now)
    {
        lock (_gate)
        {
            var ofChannel = Of(sink).Where(entry => entry.Channel == channel);
            return ofChannel.Count(entry => entry.IsTaken && entry.Due > now) < most && ofChannel.FirstOrDefault(entry => entry.IsDueAt(now)) is { } next
                ? Take(next, claim: null)
                : null;
        }
    }

    /// <summary>The channels of which something waits for a sink.</summary>
    public IReadOnlyList<string> Channels(string sink, DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. Of(sink).Where(entry => entry.IsDueAt(now)).Select(static entry => entry.Channel).Distinct()];
        }
    }

    public bool TrySettle(DeliveryAttempt attempt, DeliveryResult result)
    {
        lock (_gate)
        {
            if (Of(attempt.Sink).FirstOrDefault(entry => entry.Key == attempt.Key) is not { IsTaken: true } entry
                || (entry.Attempt, entry.Claim) != (attempt.Attempt, attempt.Claim))
            {
                return false;
            }

            entry.IsTaken = false;
            switch (result.End)
            {
                case DeliveryEnd.Delivered:
                    Remove(entry);
                    break;
                case DeliveryEnd.Again:
                    entry.Due = result.NotBefore;
                    break;
                default:
                    entry.Reason = result.Reason ?? string.Empty;
                    break;
            }

            return true;
        }
    }

    /// <summary>Whether the message is kept for a sink that does not have it, or as a dead letter.</summary>
    public bool IsPending(MessageKey key)
    {
        lock (_gate)
        {
            return OfMessage(key).Any(static entry => entry.IsDead || SinkNames.IsBinding(entry.Sink));
        }
    }

    /// <summary>Whether somebody is just getting the message.</summary>
    public bool IsTaken(MessageKey key, DateTimeOffset now)
    {
        lock (_gate)
        {
            return OfMessage(key).Any(entry => entry.IsTaken && entry.Due > now);
        }
    }

    public IReadOnlyList<SinkDepth> Depths(string? channel)
    {
        lock (_gate)
        {
            return [.. All.Where(entry => channel is null || entry.Channel == channel)
                .GroupBy(static entry => (entry.Channel, entry.Sink))
                .OrderBy(static group => group.Key)
                .Select(static group => new SinkDepth(
                    group.Key.Channel,
                    group.Key.Sink,
                    group.Count(static entry => entry is { IsTaken: false, IsDead: false }),
                    group.Count(static entry => entry.IsTaken),
                    group.Count(static entry => entry.IsDead),
                    group.Where(static entry => !entry.IsDead).Min(static entry => (DateTimeOffset?)entry.Since)))];
        }
    }

    public DeadLetterPage Dead(string channel, DeadLetterPlace? after, int limit)
    {
        lock (_gate)
        {
            var dead = _sinks.Values.SelectMany(static entries => entries)
                .Where(pair => pair.Value.IsDead && pair.Value.Channel == channel)
                .Where(pair => after is not { } last || pair.Key > last.Committed || (pair.Key == last.Committed && string.CompareOrdinal(pair.Value.Sink, last.Sink) > 0))
                .OrderBy(static pair => pair.Key).ThenBy(static pair => pair.Value.Sink, StringComparer.Ordinal)
                .Take(limit)
                .ToList();
            return new DeadLetterPage(
                [.. dead.Select(static pair => new DeadLetter(pair.Value.Key, pair.Value.Sink, pair.Value.Attempt, pair.Value.Reason!, pair.Value.Since))],
                dead.Count == limit ? new DeadLetterPlace(dead[^1].Key, dead[^1].Value.Sink) : null);
        }
    }

    /// <returns>How many dead letters there were.</returns>
    public int Revive(MessageKey key, string channel)
    {
        lock (_gate)
        {
            var dead = DeadOf(key, channel);
            foreach (var entry in dead)
            {
                entry.Reason = null;
                entry.Attempt = 0;
                entry.Due = DateTimeOffset.MinValue;
            }

            return dead.Count;
        }
    }

    /// <returns>How many dead letters there were.</returns>
    public int Drop(MessageKey key, string channel)
    {
        lock (_gate)
        {
            var dead = DeadOf(key, channel);
            dead.ForEach(Remove);
            return dead.Count;
        }
    }

    /// <summary>Forgets a message.</summary>
    public void Forget(MessageKey key)
    {
        lock (_gate)
        {
            OfMessage(key).ToList().ForEach(Remove);
        }
    }

    private IEnumerable<Entry> All => _sinks.Values.SelectMany(static entries => entries.Values);

    private SortedDictionary<long, Entry>.ValueCollection Of(string sink) => (_sinks.GetValueOrDefault(sink) ?? []).Values;

    private IEnumerable<Entry> OfMessage(MessageKey key) => All.Where(entry => entry.Key == key);

    private List<Entry> DeadOf(MessageKey key, string channel) => [.. OfMessage(key).Where(entry => entry.IsDead && entry.Channel == channel)];

    private static DeliveryAttempt Take(Entry entry, DeliveryClaim? claim)
    {
        entry.IsTaken = true;
        entry.Claim = claim?.Token;
        entry.Due = claim?.Until ?? DateTimeOffset.MaxValue;
        return new DeliveryAttempt(entry.Key, entry.Sink, ++entry.Attempt, entry.Claim);
    }

    private void Remove(Entry entry)
    {
        var entries = _sinks[entry.Sink];
        entries.Remove(entries.First(pair => pair.Value == entry).Key);
        if (entries.Count == 0)
        {
            _sinks.Remove(entry.Sink);
        }
    }

    private sealed class Entry(MessageKey key, string sink, string channel, DateTimeOffset since)
    {
        public MessageKey Key => key;

        public string Sink => sink;

        public string Channel => channel;

        public DateTimeOffset Since => since;

        public int Attempt { get; set; }

        public bool IsTaken { get; set; }

        /// <summary>What whoever settles it must give.</summary>
        public Guid? Claim { get; set; }

        /// <summary>Not before it waits; until then it is taken.</summary>
        public DateTimeOffset Due { get; set; } = DateTimeOffset.MinValue;

        /// <summary>Why the last attempt of a dead letter failed.</summary>
        public string? Reason { get; set; }

        public bool IsDead => Reason is not null;

        public bool IsDueAt(DateTimeOffset now) => !IsDead && Due <= now;
    }
}
