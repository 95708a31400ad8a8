namespace Reassembly.Core.Storage;

/// <summary>Bytes at any offset, kept in pages that are made when something is written to them.</summary>
internal sealed class PagedBytes
{
    private const int PageBytes = 16 * 1024;

    private readonly Dictionary<long, byte[]> _pages = [];
    private long _end;

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        _end = Math.Max(_end, offset + bytes.Length);
        while (!bytes.IsEmpty)
        {
            var (page, at) = Math.DivRem(offset, PageBytes);
            var length = (int)Math.Min(bytes.Length, PageBytes - at);
            if (!_pages.TryGetValue(page, out var target))
            {
                _pages[page] = target = new byte[PageBytes];
            }

            bytes[..length].CopyTo(target.AsSpan((int)at));
            bytes = bytes[length..];
            offset += length;
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        var total = (int)Math.Clamp(_end - offset, 0, destination.Length);
        var rest = destination[..total];
        while (!rest.IsEmpty)
        {
            var (page, at) = Math.DivRem(offset, PageBytes);
            var length = (int)Math.Min(rest.Length, PageBytes - at);
            if (_pages.TryGetValue(page, out var source))
            {
                source.AsSpan((int)at, length).CopyTo(rest);
            }
            else
            {
                rest[..length].Clear();
            }

            rest = rest[length..];
            offset += length;
        }

        return total;
    }

    public void Clear()
    {
        _pages.Clear();
        _end = 0;
    }
}
