using Reassembly.Protocol.Ranges;

namespace Reassembly.Testing;

/// <summary>Cuts messages as no sensible sender would.</summary>
public static class Pieces
{
    /// <summary>Payload bytes of the smallest piece, but for the last one of a message.</summary>
    public const int Smallest = 1024;

    private const int Largest = 65_488;

    /// <summary>Cuts a range of a message into pieces of random size.</summary>
    public static void Cut(Random random, ByteRange range, int messageSize, List<(int From, int To)> into)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(into);
        for (var from = (int)range.From; from < range.To;)
        {
            // A piece below the smallest is refused, the message's last one apart: such a one takes in some of its neighbours.
            var to = Math.Min((int)range.To, from + random.Next(Smallest, Largest - Smallest));
            to = range.To - to < Smallest ? (int)range.To : to;
            var start = Math.Max(0, Math.Min(from, to - Smallest));
            to = Math.Min(messageSize, Math.Max(to, start + Smallest));
            into.Add((start, to));
            from = to;
        }
    }
}
