namespace Reassembly.Core.Storage;

/// <summary>The delivery ledger in its shortest form: for each sink its entries by commit, with a count of them by channel, under one lock.</summary>
internal sealed class MemoryDeliveries
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SortedDictionary<long, MemoryEntry>> _sinks = [];
    private readonly Dictionary<MessageKey, List<MemoryEntry>> _messages = [];
    private readonly Dictionary<(string Channel, string Sink), MemoryLane> _lanes = [];

    /// <summary>Puts an entry in for each sink of a plan.</summary>
    public void Add(MessageKey key, long committed, DeliveryPlan plan)
    {
        lock (_gate)
        {
            foreach (var sink in plan.Sinks)
            {
                var entry = new MemoryEntry(key, sink, plan.Channel, committed, plan.Since);
                GetOrAdd(_sinks, sink)[committed] = entry;
                GetOrAdd(_messages, key).Add(entry);
                LaneOf(entry).Add(entry);
            }
        }
    }

    public IReadOnlyList<DeliveryAttempt> Take(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim)
    {
        lock (_gate)
        {
            return [.. Of(sink).Where(entry => entry.IsDueAt(now)).Take(limit).ToList().Select(entry => Take(entry, claim))];
        }
    }

    public DeliveryAttempt? TakeNext(string sink, string channel, int most, DateTimeOffset now)
    {
        lock (_gate)
        {
            return _lanes.TryGetValue((channel, sink), out var lane) && lane.HoldsFewerThan(most, now) && lane.FirstDueAt(now) is { } next
                ? Take(next, claim: null)
                : null;
        }
    }

    /// <summary>The channels of which something waits for a sink.</summary>
    public IReadOnlyList<string> Channels(string sink, DateTimeOffset now)
    {
        lock (_gate)
        {
            return [.. _lanes.Where(lane => lane.Key.Sink == sink && lane.Value.FirstDueAt(now) is not null).Select(static lane => lane.Key.Channel)];
        }
    }

    public bool TrySettle(DeliveryAttempt attempt, DeliveryResult result)
    {
        lock (_gate)
        {
            if (OfMessage(attempt.Key).FirstOrDefault(entry => entry.Sink == attempt.Sink) is not { IsTaken: true } entry
                || (entry.Attempt, entry.Claim) != (attempt.Attempt, attempt.Claim))
            {
                return false;
            }

            if (result.End == DeliveryEnd.Delivered)
            {
                Remove(entry);
                return true;
            }

            Change(entry, () =>
            {
                entry.IsTaken = false;
                entry.Due = result.NotBefore;
                entry.Reason = result.End == DeliveryEnd.Dead ? result.Reason ?? string.Empty : null;
            });
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
            return [.. _lanes.Where(lane => channel is null || lane.Key.Channel == channel)
                .OrderBy(static lane => lane.Key.Channel, StringComparer.Ordinal).ThenBy(static lane => lane.Key.Sink, StringComparer.Ordinal)
                .Select(static lane => lane.Value.Depth(lane.Key.Channel, lane.Key.Sink))];
        }
    }

    /// <summary>Notes of a lane that there is whether somebody serves it.</summary>
    public void Note(string channel, string sink, bool isServed, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_lanes.TryGetValue((channel, sink), out var lane))
            {
                lane.UnservedSince = isServed ? null : lane.UnservedSince ?? now;
            }
        }
    }

    /// <returns>How many became dead letters.</returns>
    public int Bury(string channel, string sink, DateTimeOffset before, string reason, int limit)
    {
        lock (_gate)
        {
            if (!_lanes.TryGetValue((channel, sink), out var lane) || !(lane.UnservedSince <= before))
            {
                return 0;
            }

            var buried = Of(sink).Where(entry => entry is { IsTaken: false, IsDead: false } && entry.Channel == channel && entry.Since <= before).Take(limit).ToList();
            buried.ForEach(entry => Change(entry, () => entry.Reason = reason));
            return buried.Count;
        }
    }

    public DeadLetterPage Dead(string channel, DeadLetterPlace? after, int limit)
    {
        lock (_gate)
        {
            var dead = _sinks.Values.SelectMany(static entries => entries.Values)
                .Where(entry => entry.IsDead && entry.Channel == channel)
                .Where(entry => after is not { } last
                    || entry.Committed > last.Committed || (entry.Committed == last.Committed && string.CompareOrdinal(entry.Sink, last.Sink) > 0))
                .OrderBy(static entry => entry.Committed).ThenBy(static entry => entry.Sink, StringComparer.Ordinal)
                .Take(limit)
                .ToList();
            return new DeadLetterPage(
                [.. dead.Select(static entry => new DeadLetter(entry.Key, entry.Sink, entry.Attempt, entry.Reason!, entry.Since))],
                dead.Count == limit ? new DeadLetterPlace(dead[^1].Committed, dead[^1].Sink) : null);
        }
    }

    /// <returns>How many dead letters there were.</returns>
    public int Revive(MessageKey key, string channel)
    {
        lock (_gate)
        {
            var dead = DeadOf(key, channel);
            dead.ForEach(entry => Change(entry, () =>
            {
                entry.Reason = null;
                entry.Attempt = 0;
                entry.Due = DateTimeOffset.MinValue;
            }));
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

    private SortedDictionary<long, MemoryEntry>.ValueCollection Of(string sink) => (_sinks.GetValueOrDefault(sink) ?? []).Values;

    private List<MemoryEntry> OfMessage(MessageKey key) => _messages.GetValueOrDefault(key) ?? [];

    private List<MemoryEntry> DeadOf(MessageKey key, string channel) => [.. OfMessage(key).Where(entry => entry.IsDead && entry.Channel == channel)];

    private MemoryLane LaneOf(MemoryEntry entry) => GetOrAdd(_lanes, (entry.Channel, entry.Sink));

    private DeliveryAttempt Take(MemoryEntry entry, DeliveryClaim? claim)
    {
        Change(entry, () =>
        {
            entry.IsTaken = true;
            entry.Claim = claim?.Token;
            entry.Due = claim?.Until ?? DateTimeOffset.MaxValue;
            entry.Attempt++;
        });
        return new DeliveryAttempt(entry.Key, entry.Sink, entry.Attempt, entry.Claim);
    }

    private void Change(MemoryEntry entry, Action change)
    {
        var lane = LaneOf(entry);
        lane.Remove(entry);
        change();
        lane.Add(entry);
    }

    private void Remove(MemoryEntry entry)
    {
        _sinks[entry.Sink].Remove(entry.Committed);
        _messages[entry.Key].Remove(entry);
        var lane = LaneOf(entry);
        lane.Remove(entry);
        if (_sinks[entry.Sink].Count == 0)
        {
            _sinks.Remove(entry.Sink);
        }

        if (_messages[entry.Key].Count == 0)
        {
            _messages.Remove(entry.Key);
        }

        if (lane.IsEmpty)
        {
            _lanes.Remove((entry.Channel, entry.Sink));
        }
    }

    private static TValue GetOrAdd<TKey, TValue>(Dictionary<TKey, TValue> table, TKey key)
        where TKey : notnull
        where TValue : new()
    {
        if (!table.TryGetValue(key, out var value))
        {
            table.Add(key, value = new TValue());
        }

        return value;
    }
}
