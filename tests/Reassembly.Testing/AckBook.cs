using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Testing;

/// <summary>Every byte of one message that a server ever called durable: what no later answer may ask for again.</summary>
public sealed class AckBook
{
    /// <summary>From so many ranges on the last one may stand for all that follow, acked bytes among them.</summary>
    private const int MostRanges = 64;

    public RangeSet Acked { get; } = new();

    /// <summary>What an ack asks for though it was acked before, at least in part; null where it keeps every promise.</summary>
    public ByteRange? TakenBack(AckMessage ack)
    {
        ArgumentNullException.ThrowIfNull(ack);
        if (ack.Missing.Count == 0)
        {
            return Acked.End > ack.Durable ? new ByteRange(ack.Durable, Acked.End) : null;
        }

        foreach (var gap in ack.Missing.Take(MostRanges - 1))
        {
            if (Acked.Overlaps(gap))
            {
                return gap;
            }
        }

        return null;
    }

    public void Add(AckMessage ack)
    {
        ArgumentNullException.ThrowIfNull(ack);
        Acked.Add(new ByteRange(0, ack.Durable));
        var position = ack.Durable;
        foreach (var gap in ack.Missing)
        {
            Acked.Add(new ByteRange(position, gap.From));
            position = gap.To;
        }
    }
}
