using System.Buffers;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Files.Records;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>
/// Which owner's file holds which bytes of a message: each owner writes a file of its own, named by its epoch, so that a stale one
/// can change nothing that its successor was acknowledged. Ranges of different epochs are disjoint.
/// </summary>
internal sealed class Extents
{
    public static readonly Extents None = new([], []);

    private readonly (long Epoch, IReadOnlyList<ByteRange> Ranges)[] _parts;
    private readonly byte[] _encoded;

    private Extents((long Epoch, IReadOnlyList<ByteRange> Ranges)[] parts, byte[] encoded)
    {
        _parts = parts;
        _encoded = encoded;
    }

    public IEnumerable<long> Epochs => _parts.Select(static part => part.Epoch);

    /// <summary>For the database: for each epoch its number, how many bytes its ranges take, and these.</summary>
    public byte[] Encoded => _encoded;

    /// <exception cref="InvalidDataException">These bytes are no extents.</exception>
    public static Extents Decode(byte[] encoded)
    {
        var parts = new List<(long, IReadOnlyList<ByteRange>)>();
        for (var at = 0; at < encoded.Length;)
        {
            if (encoded.Length - at < sizeof(long) + sizeof(int))
            {
                throw new InvalidDataException("an extent is cut off");
            }

            var epoch = BitConverter.ToInt64(encoded, at);
            var length = BitConverter.ToInt32(encoded, at + sizeof(long));
            at += sizeof(long) + sizeof(int);
            if (length < 0 || length > encoded.Length - at)
            {
                throw new InvalidDataException("an extent is cut off");
            }

            parts.Add((epoch, RangeCodec.Decode(encoded.AsSpan(at, length))));
            at += length;
        }

        return parts.Count == 0 ? None : new Extents([.. parts], encoded);
    }

    /// <summary>Where the bytes lie once an owner has written to its file.</summary>
    /// <param name="epoch">Of that owner, the newest.</param>
    /// <param name="segments">What it wrote, ascending: from here on its, even where another had written before.</param>
    /// <param name="durable">All ranges of the message with that write; those that are nobody else's are that owner's.</param>
    public Extents With(long epoch, IReadOnlyList<Segment> segments, IReadOnlyList<ByteRange> durable)
    {
        var own = durable;
        var parts = new List<(long Epoch, IReadOnlyList<ByteRange> Ranges)>(_parts.Length + 1);
        var written = _parts.Length == 0 ? [] : segments.Select(static segment => new ByteRange(segment.Offset, segment.Offset + segment.Bytes.Length)).ToArray();
        foreach (var part in _parts)
        {
            if (part.Epoch != epoch && Subtract(part.Ranges, written) is { Count: > 0 } rest)
            {
                own = Subtract(own, rest);
                parts.Add((part.Epoch, rest));
            }
        }

        if (own.Count > 0)
        {
            parts.Add((epoch, own));
        }

        return new Extents([.. parts], Encode(parts));
    }

    /// <summary>The parts of a stretch, ascending.</summary>
    public List<(long Epoch, ByteRange Range)> Within(ByteRange stretch)
    {
        var found = new List<(long Epoch, ByteRange Range)>();
        foreach (var (epoch, ranges) in _parts)
        {
            foreach (var range in ranges)
            {
                if (range.Overlaps(stretch))
                {
                    found.Add((epoch, new ByteRange(Math.Max(range.From, stretch.From), Math.Min(range.To, stretch.To))));
                }
            }
        }

        found.Sort(static (left, right) => left.Range.From.CompareTo(right.Range.From));
        return found;
    }

    private static byte[] Encode(List<(long Epoch, IReadOnlyList<ByteRange> Ranges)> parts)
    {
        var encoded = new ArrayBufferWriter<byte>();
        foreach (var (epoch, ranges) in parts)
        {
            var bytes = RangeCodec.Encode(ranges);
            encoded.Write(BitConverter.GetBytes(epoch));
            encoded.Write(BitConverter.GetBytes(bytes.Length));
            encoded.Write(bytes);
        }

        return encoded.WrittenSpan.ToArray();
    }

    private static List<ByteRange> Subtract(IReadOnlyList<ByteRange> from, IReadOnlyList<ByteRange> what)
    {
        var rest = new List<ByteRange>();
        var next = 0;
        foreach (var range in from)
        {
            var at = range.From;
            for (; next < what.Count && what[next].From < range.To; next++)
            {
                if (what[next].From > at)
                {
                    rest.Add(new ByteRange(at, what[next].From));
                }

                at = Math.Max(at, what[next].To);
                if (what[next].To > range.To)
                {
                    break;
                }
            }

            if (at < range.To)
            {
                rest.Add(new ByteRange(at, range.To));
            }
        }

        return rest;
    }
}
