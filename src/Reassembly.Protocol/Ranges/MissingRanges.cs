namespace Reassembly.Protocol.Ranges;

/// <summary>Fits what is missing into the ranges that an <c>ack</c> can name.</summary>
public static class MissingRanges
{
    /// <summary>
    /// At most <paramref name="max"/> ranges that cover the given ones: the last reaches over all that have no range of their
    /// own. Leaving those out would call their bytes durable, since a byte outside <c>missing</c> is; calling durable bytes
    /// missing costs at most sending them twice.
    /// </summary>
    /// <param name="ranges">In ascending order, without overlap.</param>
    /// <param name="max">At least 1.</param>
    public static IReadOnlyList<ByteRange> Fit(IReadOnlyList<ByteRange> ranges, int max)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return ranges.Count <= max
            ? ranges
            : [.. ranges.Take(max - 1), new ByteRange(ranges[max - 1].From, ranges[^1].To)];
    }
}
