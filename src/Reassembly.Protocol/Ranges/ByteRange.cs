namespace Reassembly.Protocol.Ranges;

/// <summary>The bytes from <see cref="From"/> up to, and not including, <see cref="To"/>.</summary>
public readonly record struct ByteRange(long From, long To)
{
    public long Length => To - From;

    public bool IsEmpty => To <= From;

    public bool Overlaps(ByteRange other) => From < other.To && other.From < To;

    public override string ToString() => $"[{From}, {To})";
}
