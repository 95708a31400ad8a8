namespace Reassembly.Core.Storage;

/// <summary>How much there is for one sink of one channel, counted as it comes and goes: nobody has to read all entries to know.</summary>
internal sealed class MemoryLane
{
    private readonly SortedSet<(DateTimeOffset Since, long Committed)> _open = [];
    private readonly SortedDictionary<long, MemoryEntry> _entries = [];
    private long _waiting;
    private long _inFlight;
    private long _dead;

    /// <summary>Since when a node knows that it has no such sink.</summary>
    public DateTimeOffset? UnservedSince { get; set; }

    public bool IsEmpty => _waiting + _inFlight + _dead == 0;

    /// <summary>The first entry that can be taken.</summary>
    public MemoryEntry? FirstDueAt(DateTimeOffset now) => _waiting + _inFlight == 0 ? null : _entries.Values.FirstOrDefault(entry => entry.IsDueAt(now));

    /// <summary>Whether fewer than so many are in somebody's hands.</summary>
    public bool HoldsFewerThan(int most, DateTimeOffset now) => _inFlight < most || _entries.Values.Count(entry => entry.IsTaken && entry.Due > now) < most;

    public void Add(MemoryEntry entry)
    {
        Counter(entry)++;
        _entries[entry.Committed] = entry;
        if (!entry.IsDead)
        {
            _open.Add((entry.Since, entry.Committed));
        }
    }

    public void Remove(MemoryEntry entry)
    {
        Counter(entry)--;
        _entries.Remove(entry.Committed);
        _open.Remove((entry.Since, entry.Committed));
    }

    public SinkDepth Depth(string channel, string sink)
        => new(channel, sink, _waiting, _inFlight, _dead, _open.Count > 0 ? _open.Min.Since : null) { UnservedSince = UnservedSince };

    private ref long Counter(MemoryEntry entry)
    {
        if (entry.IsDead)
        {
            return ref _dead;
        }

        return ref entry.IsTaken ? ref _inFlight : ref _waiting;
    }
}
