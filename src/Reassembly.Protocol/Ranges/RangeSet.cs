namespace Reassembly.Protocol.Ranges;

/// <summary>
/// A set of bytes kept as ascending, disjoint ranges that do not touch. In the usual case, arrival in order, it is one range
/// and every step is constant; otherwise a step costs a binary search and the move of the ranges behind it.
/// </summary>
public sealed class RangeSet
{
    private readonly List<ByteRange> _ranges = new(1);

    public RangeSet()
    {
    }

    /// <param name="ranges">Ascending and disjoint, as a catalogue keeps them.</param>
    public RangeSet(IEnumerable<ByteRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        foreach (var range in ranges)
        {
            Add(range);
        }
    }

    public int Count => _ranges.Count;

    /// <summary>How many bytes are in the set.</summary>
    public long Bytes { get; private set; }

    /// <summary>The place after the highest byte; 0 while empty.</summary>
    public long End => _ranges.Count == 0 ? 0 : _ranges[^1].To;

    /// <summary>Every byte below it is in the set.</summary>
    public long Prefix => _ranges.Count > 0 && _ranges[0].From == 0 ? _ranges[0].To : 0;

    public ByteRange this[int index] => _ranges[index];

    public void Clear()
    {
        _ranges.Clear();
        Bytes = 0;
    }

    /// <summary>Adds a range, joined with whatever it overlaps or touches.</summary>
    public void Add(ByteRange range)
    {
        if (range.IsEmpty)
        {
            return;
        }

        var first = FirstEndingAtOrAfter(range.From);
        var last = first;
        var joined = range;
        var replaced = 0L;
        while (last < _ranges.Count && _ranges[last].From <= range.To)
        {
            replaced += _ranges[last].Length;
            joined = new ByteRange(Math.Min(joined.From, _ranges[last].From), Math.Max(joined.To, _ranges[last].To));
            last++;
        }

        if (last == first)
        {
            _ranges.Insert(first, joined);
        }
        else
        {
            _ranges[first] = joined;
            _ranges.RemoveRange(first + 1, last - first - 1);
        }

        Bytes += joined.Length - replaced;
    }

    public void AddAll(RangeSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (var range in other._ranges)
        {
            Add(range);
        }
    }

    /// <summary>Whether at least one byte of the range is in the set.</summary>
    public bool Overlaps(ByteRange range)
    {
        var index = FirstEndingAtOrAfter(range.From + 1);
        return index < _ranges.Count && _ranges[index].Overlaps(range);
    }

    /// <summary>Whether the range overlaps or touches one in the set, so that adding it makes no new range.</summary>
    public bool Touches(ByteRange range)
    {
        var index = FirstEndingAtOrAfter(range.From);
        return index < _ranges.Count && _ranges[index].From <= range.To;
    }

    /// <summary>The stretch of the set that contains a byte, or an empty range.</summary>
    public ByteRange Containing(long position)
    {
        var index = FirstEndingAtOrAfter(position + 1);
        return index < _ranges.Count && _ranges[index].From <= position ? _ranges[index] : default;
    }

    /// <summary>The parts of a range that are in the set, ascending.</summary>
    public void Intersect(ByteRange range, List<ByteRange> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        for (var index = FirstEndingAtOrAfter(range.From + 1); !range.IsEmpty && index < _ranges.Count && _ranges[index].From < range.To; index++)
        {
            into.Add(new ByteRange(Math.Max(range.From, _ranges[index].From), Math.Min(range.To, _ranges[index].To)));
        }
    }

    /// <summary>The parts of a range that are not in the set, ascending, up to a number of them.</summary>
    public void Gaps(ByteRange range, List<ByteRange> into, int limit = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(into);
        var position = range.From;
        for (var index = FirstEndingAtOrAfter(range.From + 1); index < _ranges.Count && into.Count < limit && position < range.To; index++)
        {
            var next = Math.Min(_ranges[index].From, range.To);
            if (position < next)
            {
                into.Add(new ByteRange(position, next));
            }

            position = Math.Max(position, _ranges[index].To);
        }

        if (position < range.To && into.Count < limit)
        {
            into.Add(new ByteRange(position, range.To));
        }
    }

    /// <summary>The lowest bytes that are not in the set; open-ended (<see cref="long.MaxValue"/>) above the last range.</summary>
    public ByteRange FirstGap()
    {
        var prefix = Prefix;
        var next = prefix > 0 ? 1 : 0;
        return new ByteRange(prefix, next < _ranges.Count ? _ranges[next].From : long.MaxValue);
    }

    /// <summary>How many bytes of a range are in the set.</summary>
    public long CountWithin(ByteRange range)
    {
        var count = 0L;
        for (var index = FirstEndingAtOrAfter(range.From + 1); index < _ranges.Count && _ranges[index].From < range.To; index++)
        {
            count += Math.Max(0, Math.Min(_ranges[index].To, range.To) - Math.Max(_ranges[index].From, range.From));
        }

        return count;
    }

    public ByteRange[] ToArray() => [.. _ranges];

    private int FirstEndingAtOrAfter(long position)
    {
        // The usual chunk lands at the end: look there before searching.
        if (_ranges.Count == 0 || _ranges[^1].To < position)
        {
            return _ranges.Count;
        }

        var low = 0;
        var high = _ranges.Count - 1;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_ranges[middle].To < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
