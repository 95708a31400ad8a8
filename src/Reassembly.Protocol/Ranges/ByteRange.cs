namespace Reassembly.Protocol.Ranges;

/// <summary>The bytes from <see cref="From"/> up to, and not including, <see cref="To"/>.</summary>
public readonly record struct ByteRange(long From, long To)
{
    public long Length => To - From;

    public bool IsEmpty => To <= From;

    /// <summary>Whether both have a byte in common; an empty range has none.</summary>
    public bool Overlaps(ByteRange other) => Math.Max(From, other.From) < Math.Min(To, other.To);

    public override string ToString() => $"[{From}, {To})";
}
