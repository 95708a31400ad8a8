using System.Buffers;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>
/// Segments cut and joined into rows near <see cref="MaxRowBytes"/>. A row that is one piece of a segment points at the
/// caller's memory; only what is joined is copied, into rented memory that goes back on disposal.
/// </summary>
internal sealed class ChunkRows : IDisposable
{
    /// <summary>No row is longer; reading relies on it.</summary>
    public const int MaxRowBytes = 256 * 1024;

    private readonly List<byte[]> _rented = [];
    private readonly List<Segment> _rows = [];

    public ChunkRows(IReadOnlyList<Segment> segments)
    {
        for (int index = 0, at = 0; index < segments.Count;)
        {
            var segment = segments[index];
            var rest = segment.Bytes.Length - at;
            if (rest >= MaxRowBytes || !Continues(segments, index))
            {
                var length = Math.Min(rest, MaxRowBytes);
                Add(new Segment(segment.Offset + at, segment.Bytes.Slice(at, length)));
                (index, at) = length == rest ? (index + 1, 0) : (index, at + length);
            }
            else
            {
                (index, at) = Join(segments, index, at);
            }
        }
    }

    public IReadOnlyList<Segment> Rows => _rows;

    public int Bytes { get; private set; }

    public void Dispose()
    {
        foreach (var buffer in _rented)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _rented.Clear();
        _rows.Clear();
    }

    private static bool Continues(IReadOnlyList<Segment> segments, int index)
        => index + 1 < segments.Count && segments[index + 1].Offset == segments[index].Offset + segments[index].Bytes.Length;

    private (int Index, int At) Join(IReadOnlyList<Segment> segments, int index, int at)
    {
        var offset = segments[index].Offset + at;
        var buffer = ArrayPool<byte>.Shared.Rent(MaxRowBytes);
        _rented.Add(buffer);
        var length = 0;
        while (true)
        {
            var bytes = segments[index].Bytes.Span[at..];
            bytes = bytes[..Math.Min(bytes.Length, MaxRowBytes - length)];
            bytes.CopyTo(buffer.AsSpan(length));
            length += bytes.Length;
            at += bytes.Length;
            if (at < segments[index].Bytes.Length)
            {
                break;
            }

            var continues = Continues(segments, index);
            (index, at) = (index + 1, 0);
            if (!continues || length == MaxRowBytes)
            {
                break;
            }
        }

        Add(new Segment(offset, buffer.AsMemory(0, length)));
        return (index, at);
    }

    private void Add(Segment row)
    {
        if (row.Bytes.Length > 0)
        {
            _rows.Add(row);
            Bytes += row.Bytes.Length;
        }
    }
}
