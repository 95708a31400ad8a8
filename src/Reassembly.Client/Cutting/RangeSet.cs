using Reassembly.Protocol.Ranges;

namespace Reassembly.Client.Cutting;

/// <summary>
/// A set of bytes as sorted ranges that neither touch nor overlap. Almost always one range from 0, so every operation
/// costs next to nothing; a list because the rest is at most some dozens.
/// </summary>
internal sealed class RangeSet
{
    private readonly List<ByteRange> _ranges = [];

    /// <summary>Bytes in the set.</summary>
    public long Total { get; private set; }

    /// <summary>Every byte below it is in the set; 0 when byte 0 is not.</summary>
    public long PrefixEnd => _ranges.Count > 0 && _ranges[0].From == 0 ? _ranges[0].To : 0;

    public IReadOnlyList<ByteRange> Ranges => _ranges;

    public void Clear()
    {
        _ranges.Clear();
        Total = 0;
    }

    public void Add(ByteRange range)
    {
        if (range.IsEmpty)
        {
            return;
        }

        var first = 0;
        while (first < _ranges.Count && _ranges[first].To < range.From)
        {
            first++;
        }

        var (from, to) = (range.From, range.To);
        var after = first;
        while (after < _ranges.Count && _ranges[after].From <= to)
        {
            from = Math.Min(from, _ranges[after].From);
            to = Math.Max(to, _ranges[after].To);
            Total -= _ranges[after].Length;
            after++;
        }

        Total += to - from;
        if (after == first)
        {
            _ranges.Insert(first, new ByteRange(from, to));
            return;
        }

        _ranges[first] = new ByteRange(from, to);
        _ranges.RemoveRange(first + 1, after - first - 1);
    }

    public void AddAll(RangeSet other)
    {
        foreach (var range in other._ranges)
        {
            Add(range);
        }
    }

    /// <summary>The lowest bytes that are not in the set; open-ended (<see cref="long.MaxValue"/>) above the last range.</summary>
    public ByteRange FirstGap()
    {
        if (_ranges.Count == 0)
        {
            return new ByteRange(0, long.MaxValue);
        }

        if (_ranges[0].From > 0)
        {
            return new ByteRange(0, _ranges[0].From);
        }

        return new ByteRange(_ranges[0].To, _ranges.Count > 1 ? _ranges[1].From : long.MaxValue);
    }

    /// <summary>How many bytes of a range are in the set.</summary>
    public long CountWithin(ByteRange range)
    {
        var count = 0L;
        foreach (var held in _ranges)
        {
            count += Math.Max(0, Math.Min(held.To, range.To) - Math.Max(held.From, range.From));
        }

        return count;
    }
}
