using System.Globalization;
using System.Net;

namespace Reassembly.Webhooks.Connections;

/// <summary>
/// A block of addresses of one family, compared bit by bit. The framework's IPNetwork will not do: it takes an IPv4-mapped address
/// for the IPv4 address within, and finds it in IPv6 networks that it is not in.
/// </summary>
internal sealed class AddressBlock
{
    private readonly byte[] _base;
    private readonly int _bits;

    private AddressBlock(byte[] start, int bits)
    {
        _base = start;
        _bits = bits;
    }

    /// <param name="text">Such as <c>10.0.0.0/8</c>.</param>
    public static AddressBlock Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return new AddressBlock(IPAddress.Parse(text.AsSpan(0, slash)).GetAddressBytes(), int.Parse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    /// <param name="address">In network order: 4 bytes or 16.</param>
    public bool Contains(ReadOnlySpan<byte> address)
    {
        var (whole, rest) = Math.DivRem(_bits, 8);
        return address.Length == _base.Length
            && address[..whole].SequenceEqual(_base.AsSpan(0, whole))
            && (rest == 0 || (address[whole] ^ _base[whole]) >> (8 - rest) == 0);
    }
}
