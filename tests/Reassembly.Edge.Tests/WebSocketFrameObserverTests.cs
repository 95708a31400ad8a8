using Reassembly.Edge.Tests.Hosting;
using Reassembly.Edge.Transport;

namespace Reassembly.Edge.Tests;

public sealed class WebSocketFrameObserverTests
{
    private static readonly byte[] Conversation =
    [
        .. RawSocketPeer.Frame(0x82, new byte[3]),
        .. RawSocketPeer.Frame(0x89, new byte[5]),
        .. RawSocketPeer.Frame(0x01, new byte[126]),
        .. RawSocketPeer.Frame(0x8A, []),
        .. RawSocketPeer.Frame(0x80, new byte[70]),
        .. RawSocketPeer.Header(0x82, 1 << 20),
    ];

    [Fact]
    public void Messages_and_claims_are_the_same_at_every_split()
    {
        for (var split = 0; split <= Conversation.Length; split++)
        {
            var observer = new WebSocketFrameObserver();
            observer.Observe(Conversation.AsSpan(0, split));
            observer.Observe(Conversation.AsSpan(split));
            Assert.Null(observer.Violation);
            Assert.Equal(3, observer.Messages);
            Assert.Equal(1 << 20, observer.ClaimOf(3));
            Assert.Equal(0, observer.ClaimOf(2));
        }
    }

    [Fact]
    public void Fragments_are_summed_up_byte_by_byte()
    {
        var observer = new WebSocketFrameObserver();
        foreach (var value in Conversation.AsSpan(0, Conversation.Length - 14))
        {
            observer.Observe([value]);
        }

        Assert.Equal(2, observer.Messages);
        Assert.Equal(196, observer.ClaimOf(2));
    }

    [Fact]
    public void A_sum_of_claims_does_not_overflow()
    {
        var observer = new WebSocketFrameObserver();
        observer.Observe(RawSocketPeer.Frame(0x02, new byte[100]));
        observer.Observe(RawSocketPeer.Header(0x80, long.MaxValue));
        Assert.Equal(long.MaxValue, observer.ClaimOf(1));
    }

    [Fact]
    public void What_a_compressed_message_claims_says_nothing_of_its_size()
    {
        var observer = new WebSocketFrameObserver { MayBeCompressed = true };
        observer.Observe(RawSocketPeer.Frame(0x42, new byte[100]));
        observer.Observe(RawSocketPeer.Frame(0x80, new byte[100]));
        Assert.Equal(0, observer.ClaimOf(1));
        observer.Observe(RawSocketPeer.Header(0x82, 200));
        Assert.Equal(200, observer.ClaimOf(2));
    }

    public static TheoryData<byte[], string> Violations => new()
    {
        { RawSocketPeer.Header(0xC2, 1), "reserved bit" },
        { RawSocketPeer.Header(0x82, 1, masked: false), "not masked" },
        { RawSocketPeer.Header(0x82, ulong.MaxValue), "highest bit" },
        { RawSocketPeer.Header(0x80, 1), "continuation" },
        { [.. RawSocketPeer.Frame(0x02, [1]), .. RawSocketPeer.Header(0x82, 1)], "new message" },
        { RawSocketPeer.Header(0x83, 1), "opcode 3" },
        { RawSocketPeer.Header(0x8B, 1), "opcode 11" },
        { RawSocketPeer.Header(0x89, 126), "control frame" },
        { RawSocketPeer.Header(0x09, 1), "control frame" },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void Broken_framing_is_named(byte[] bytes, string part)
    {
        var observer = new WebSocketFrameObserver();
        observer.Observe(bytes);
        Assert.Contains(part, observer.Violation, StringComparison.Ordinal);
    }
}
