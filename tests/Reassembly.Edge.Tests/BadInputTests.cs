using System.Net.WebSockets;
using System.Text;
using Reassembly.Edge.Tests.Hosting;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Tests;

public sealed class BadInputTests
{
    private const string Id = "0199aaaa-0000-7000-8000-000000000001";

    [Theory]
    [InlineData("nonsense", ErrorCode.BadJson)]
    [InlineData("[]", ErrorCode.BadJson)]
    [InlineData("", ErrorCode.BadJson)]
    [InlineData("""{"type":"open"}""", ErrorCode.BadJson)]
    [InlineData("""{"type":"open","id":"not-a-uuid"}""", ErrorCode.BadJson)]
    [InlineData($$"""{"type":"open","id":"{{Id}}","size":-1}""", ErrorCode.BadJson)]
    [InlineData("""{"type":"juggle"}""", ErrorCode.UnknownType)]
    [InlineData("""{"type":"subscribe"}""", ErrorCode.BadJson)]
    [InlineData("""{"type":"subscribe","channel":"x","inFlight":0}""", ErrorCode.BadJson)]
    [InlineData($$"""{"type":"delivered","id":"{{Id}}"}""", ErrorCode.UnknownMessage)]
    [InlineData($$"""{"type":"retry","id":"{{Id}}"}""", ErrorCode.UnknownMessage)]
    [InlineData($$"""{"type":"status","id":"{{Id}}"}""", ErrorCode.UnknownMessage)]
    [InlineData($$"""{"type":"abort","id":"{{Id}}"}""", ErrorCode.UnknownMessage)]
    [InlineData($$"""{"type":"chunk","id":"{{Id}}","sequence":0,"offset":0,"last":true,"data":"AAAA","crc32c":"00000000"}""", ErrorCode.CrcMismatch)]
    public async Task Bad_text_is_answered_and_the_connection_lives_on(string text, ErrorCode code)
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        await peer.SendTextAsync(text);
        Assert.Equal(code, (await peer.ReceiveAsync<ErrorMessage>()).Code);
        await AssertServesAsync(peer);
    }

    [Theory]
    [InlineData("short", ErrorCode.BadFrame)]
    [InlineData("empty", ErrorCode.BadFrame)]
    [InlineData("version", ErrorCode.BadFrame)]
    [InlineData("flags", ErrorCode.BadFrame)]
    [InlineData("length", ErrorCode.BadFrame)]
    [InlineData("type", ErrorCode.UnknownType)]
    [InlineData("payload", ErrorCode.CrcMismatch)]
    [InlineData("small", ErrorCode.ChunkTooSmall)]
    public async Task A_bad_frame_is_answered_and_the_connection_lives_on(string fault, ErrorCode code)
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        var frame = Peer.Chunk(Peer.NewId(), 0, new byte[fault == "small" ? 100 : 2000]);
        switch (fault)
        {
            case "short":
                frame = frame[..20];
                break;
            case "empty":
                frame = [];
                break;
            case "version":
                frame[0] = 9;
                break;
            case "flags":
                frame[2] = 0x80;
                break;
            case "length":
                frame[43]++;
                break;
            case "type":
                frame[1] = 7;
                break;
            case "payload":
                frame[^1] ^= 1;
                break;
        }

        await peer.SendAsync(frame);
        Assert.Equal(code, (await peer.ReceiveAsync<ErrorMessage>()).Code);
        await AssertServesAsync(peer);
    }

    [Theory]
    [InlineData(WebSocketMessageType.Binary, 1)]
    [InlineData(WebSocketMessageType.Binary, 7)]
    [InlineData(WebSocketMessageType.Text, 1)]
    public async Task Too_big_a_frame_is_thrown_away_and_named_with_its_size(WebSocketMessageType type, int fragments)
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        var id = Peer.NewId();
        var frame = type == WebSocketMessageType.Binary ? Peer.Chunk(id, 0, new byte[200_000]) : Encoding.ASCII.GetBytes(new string(' ', 200_048));
        for (var index = 0; index < fragments; index++)
        {
            var from = frame.Length * index / fragments;
            await peer.SendAsync(frame[from..(frame.Length * (index + 1) / fragments)], type, end: index == fragments - 1);
        }

        var error = await peer.ReceiveAsync<ErrorMessage>();
        Assert.Equal(ErrorCode.FrameTooBig, error.Code);
        Assert.Equal(new LimitDetail("frameBytes", 65_536, frame.Length, "edge"), error.Limit);
        if (type == WebSocketMessageType.Binary)
        {
            Assert.Equal(id, error.Id);
        }

        await AssertServesAsync(peer);
    }

    [Fact]
    public async Task Past_the_discard_budget_the_close_says_why()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        var frame = new byte[100_000];
        for (var index = 0; index < 2; index++)
        {
            await peer.SendAsync(frame);
            Assert.Equal(ErrorCode.FrameTooBig, (await peer.ReceiveAsync<ErrorMessage>()).Code);
        }

        await peer.SendAsync(frame);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await peer.ReceiveCloseAsync());
        Assert.Equal("frame of 100000 bytes exceeds the limit of 65536 bytes", peer.Socket.CloseStatusDescription);
    }

    [Fact]
    public async Task A_peer_that_goes_on_sending_sees_1009_and_no_reset()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        for (var index = 0; index < 8; index++)
        {
            await peer.SendAsync(new byte[1 << 20]);
        }

        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await peer.ReceiveCloseAsync());
        Assert.Equal("frame of 1048576 bytes exceeds the limit of 65536 bytes", peer.Socket.CloseStatusDescription);
    }

    [Fact]
    public async Task A_claim_of_two_to_the_62_ends_at_once_without_its_bytes()
    {
        await using var host = await EdgeHost.StartAsync();
        await using var peer = await RawSocketPeer.ConnectAsync(host);
        await peer.SendBytesAsync(RawSocketPeer.Header(0x82, 1UL << 62));
        var (code, reason, _) = await peer.ReadCloseAsync();
        Assert.Equal(1009, code);
        Assert.Equal("frame of 4611686018427387904 bytes exceeds the limit of 65536 bytes", reason);
    }

    public static TheoryData<byte[], int> BrokenFraming => new()
    {
        { RawSocketPeer.Header(0x82, 1, masked: false), 1002 },
        { RawSocketPeer.Frame(0xC2, [1]), 1002 },
        { RawSocketPeer.Frame(0x83, [1]), 1002 },
        { RawSocketPeer.Frame(0x80, [1]), 1002 },
        { RawSocketPeer.Frame(0x81, [0xFF, 0xFE]), 1007 },
    };

    [Theory]
    [MemberData(nameof(BrokenFraming))]
    public async Task Broken_framing_ends_with_its_close_code(byte[] bytes, int expected)
    {
        await using var host = await EdgeHost.StartAsync();
        await using var peer = await RawSocketPeer.ConnectAsync(host);
        Assert.Contains("\"welcome\"", Encoding.UTF8.GetString((await peer.ReadFrameAsync()).Payload), StringComparison.Ordinal);
        await peer.SendBytesAsync([.. bytes, .. new byte[64]]);
        var (code, _, texts) = await peer.ReadCloseAsync();
        Assert.Equal(expected, code);
        if (expected == 1002)
        {
            Assert.Contains("\"scope\":\"connection\"", texts[^1], StringComparison.Ordinal);
        }
    }

    private static async Task AssertServesAsync(Peer peer)
    {
        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[5000], last: true));
        Assert.Equal(id, (await peer.ReceiveUntilAsync<OutcomeMessage>()).Id);
    }
}
