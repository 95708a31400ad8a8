using System.Buffers;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Storage.Files.Records;

/// <summary>
/// Ranges as bytes: for each, how far it begins behind the end of the one before, and its length, as 7-bit groups, lowest first.
/// A message in one piece takes a few bytes.
/// </summary>
internal static class RangeCodec
{
    private const int MaxVarintBytes = 9;
    private const byte More = 0x80;

    public static byte[] Encode(IReadOnlyList<ByteRange> ranges)
    {
        if (ranges.Count == 0)
        {
            return [];
        }

        var rented = ArrayPool<byte>.Shared.Rent(ranges.Count * 2 * MaxVarintBytes);
        var length = 0;
        var end = 0L;
        for (var index = 0; index < ranges.Count; index++)
        {
            length += Write(rented.AsSpan(length), ranges[index].From - end);
            length += Write(rented.AsSpan(length), ranges[index].Length);
            end = ranges[index].To;
        }

        var encoded = rented.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(rented);
        return encoded;
    }

    /// <exception cref="InvalidDataException">These are not ascending ranges.</exception>
    public static IReadOnlyList<ByteRange> Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return [];
        }

        var ranges = new List<ByteRange>();
        var end = 0L;
        while (!encoded.IsEmpty)
        {
            var from = checked(end + Read(ref encoded));
            var length = Read(ref encoded);
            end = checked(from + (length > 0 ? length : throw new InvalidDataException("a range is empty")));
            ranges.Add(new ByteRange(from, end));
        }

        return ranges;
    }

    public static long TotalBytes(IReadOnlyList<ByteRange> ranges)
    {
        var total = 0L;
        for (var index = 0; index < ranges.Count; index++)
        {
            total += ranges[index].Length;
        }

        return total;
    }

    private static int Write(Span<byte> destination, long value)
    {
        var length = 0;
        for (; value >= More; value >>= 7)
        {
            destination[length++] = (byte)(value | More);
        }

        destination[length++] = (byte)value;
        return length;
    }

    private static long Read(ref ReadOnlySpan<byte> encoded)
    {
        var value = 0L;
        for (var index = 0; index < encoded.Length && index < MaxVarintBytes; index++)
        {
            value |= (long)(encoded[index] & (More - 1)) << (7 * index);
            if (encoded[index] < More)
            {
                encoded = encoded[(index + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("a range is cut off");
    }
}
