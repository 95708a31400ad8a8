using System.Net;
using System.Net.Sockets;

namespace Reassembly.Webhooks.Connections;

/// <summary>
/// Tells addresses of the public internet from all others (the special-purpose registries of RFC 6890). An IPv6 address is public
/// only within 2000::/3, the block that addresses are given out of; one that carries an IPv4 address is what that one is, since
/// that is where a translator or tunnel would take it.
/// </summary>
internal static class AddressKinds
{
    private static readonly (AddressBlock Block, string Kind)[] V4 =
    [
        Entry("0.0.0.0/8", "an unspecified"),
        Entry("10.0.0.0/8", "a private"),
        Entry("100.64.0.0/10", "a shared (CGNAT)"),
        Entry("127.0.0.0/8", "a loopback"),
        // Also the metadata of cloud machines.
        Entry("169.254.0.0/16", "a link-local"),
        Entry("172.16.0.0/12", "a private"),
        Entry("192.0.0.0/24", "a reserved"),
        Entry("192.0.2.0/24", "a documentation"),
        Entry("192.88.99.0/24", "a reserved"),
        Entry("192.168.0.0/16", "a private"),
        Entry("198.18.0.0/15", "a benchmark"),
        Entry("198.51.100.0/24", "a documentation"),
        Entry("203.0.113.0/24", "a documentation"),
        Entry("224.0.0.0/4", "a multicast"),
        Entry("255.255.255.255/32", "a broadcast"),
        Entry("240.0.0.0/4", "a reserved"),
        // Not reserved, but inside Azure it is the machine's own host.
        Entry("168.63.129.16/32", "a cloud host's"),
    ];

    private static readonly (AddressBlock Block, string Kind)[] V6 =
    [
        Entry("::/128", "an unspecified"),
        Entry("::1/128", "a loopback"),
        Entry("fe80::/10", "a link-local"),
        Entry("fec0::/10", "a private"),
        Entry("fc00::/7", "a private"),
        Entry("ff00::/8", "a multicast"),
        Entry("2001:2::/48", "a benchmark"),
        // Teredo, among others: whichever IPv4 address it carries, no webhook is behind a tunnel to somebody's desk.
        Entry("2001::/23", "a reserved"),
        Entry("2001:db8::/32", "a documentation"),
        Entry("3fff::/20", "a documentation"),
    ];

    /// <summary>Where an IPv4 address lies within an IPv6 address: mapped, translated (NAT64), tunnelled (6to4).</summary>
    private static readonly (AddressBlock Block, int Offset)[] Carriers =
    [
        (AddressBlock.Parse("::ffff:0:0/96"), 12),
        (AddressBlock.Parse("64:ff9b::/96"), 12),
        (AddressBlock.Parse("2002::/16"), 2),
    ];

    private static readonly AddressBlock GlobalUnicast = AddressBlock.Parse("2000::/3");

    /// <summary>What an address is other than public, with its article, to go before "address"; null where it is public.</summary>
    public static string? Find(IPAddress address)
    {
        ReadOnlySpan<byte> bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return Find(V4, bytes);
        }

        foreach (var (block, offset) in Carriers)
        {
            if (block.Contains(bytes))
            {
                return Find(V4, bytes.Slice(offset, 4));
            }
        }

        return Find(V6, bytes) ?? (GlobalUnicast.Contains(bytes) ? null : "a reserved");
    }

    private static string? Find((AddressBlock Block, string Kind)[] table, ReadOnlySpan<byte> address)
    {
        foreach (var (block, kind) in table)
        {
            if (block.Contains(address))
            {
                return kind;
            }
        }

        return null;
    }

    private static (AddressBlock Block, string Kind) Entry(string block, string kind) => (AddressBlock.Parse(block), kind);
}
