namespace Reassembly.Core.Storage;

/// <summary>How much there is for one sink of one channel, counted as it comes and goes: nobody has to read all entries to know.</summary>
internal sealed class MemoryLane
{
    private readonly SortedSet<(DateTimeOffset Since, long Committed)> _open = [];
    private long _waiting;
    private long _inFlight;
    private long _dead;

    /// <summary>Since when a node knows that it has no such sink.</summary>
    public DateTimeOffset? UnservedSince { get; set; }

    public bool IsEmpty => _waiting + _inFlight + _dead == 0;

    public void Add(MemoryEntry entry)
    {
        Counter(entry)++;
        if (!entry.IsDead)
        {
            _open.Add((entry.Since, entry.Committed));
        }
    }

    public void Remove(MemoryEntry entry)
    {
        Counter(entry)--;
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
