using System.Net.WebSockets;
using System.Security.Cryptography;
using Reassembly.Edge.Tests.Hosting;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Tests;

/// <summary>
/// permessage-deflate: off unless set, and then every limit holds for what comes out of the compression. What the whole process allocates is counted, so no
/// other test runs beside these.
/// </summary>
[CollectionDefinition(nameof(DeflateTests), DisableParallelization = true)]
[Collection(nameof(DeflateTests))]
public sealed class DeflateTests
{
    private const string Extensions = "Sec-WebSocket-Extensions";
    private const int BombBytes = 256 << 20;

    private static readonly Dictionary<string, string?> On = new() { ["Reassembly:Edge:Deflate"] = "true" };

    [Theory]
    [InlineData("/ws")]
    [InlineData("/raw")]
    public async Task It_is_agreed_on_only_where_it_is_set(string path)
    {
        await using var off = await EdgeHost.StartAsync();
        await using var on = await EdgeHost.StartAsync(On);
        using var refused = await ConnectAsync(off, path);
        using var accepted = await ConnectAsync(on, path);
        using var silent = await ConnectAsync(on, path, offers: false);
        Assert.False(refused.Socket.HttpResponseHeaders!.ContainsKey(Extensions));
        Assert.Contains("permessage-deflate", Assert.Single(accepted.Socket.HttpResponseHeaders![Extensions]), StringComparison.Ordinal);
        Assert.False(silent.Socket.HttpResponseHeaders!.ContainsKey(Extensions));
    }

    [Fact]
    public async Task Compressed_chunks_become_the_payload_that_was_sent()
    {
        await using var host = await EdgeHost.StartAsync(On);
        using var peer = await ConnectAsync(host, "/ws");
        var payload = new byte[200_000];
        for (var index = 0; index < payload.Length; index++)
        {
            payload[index] = (byte)(index / 7);
        }

        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, payload.AsSpan(0, 60_000)));
        await peer.SendAsync(Peer.Chunk(id, 60_000, payload.AsSpan(60_000, 60_000)));
        await peer.SendAsync(Peer.Chunk(id, 120_000, payload.AsSpan(120_000, 60_000)));
        await peer.SendAsync(Peer.Chunk(id, 180_000, payload.AsSpan(180_000), last: true));
        var outcome = await peer.ReceiveUntilAsync<OutcomeMessage>();
        Assert.Equal((OutcomeState.Committed, Convert.ToHexStringLower(SHA256.HashData(payload))), (outcome.State, outcome.Sha256));
    }

    [Fact]
    public async Task What_does_not_compress_may_be_as_large_as_without_compression()
    {
        const int FrameBytes = 65_536;
        const int Chunks = 6;
        await using var host = await EdgeHost.StartAsync(On);
        using var peer = await ConnectAsync(host, "/ws");
        var chunkBytes = FrameBytes - Peer.Chunk(default, 0, []).Length;
        var payload = Incompressible(Chunks * chunkBytes);
        var id = Peer.NewId();
        for (var chunk = 0; chunk < Chunks; chunk++)
        {
            await peer.SendAsync(Peer.Chunk(id, chunk * chunkBytes, payload.AsSpan(chunk * chunkBytes, chunkBytes), last: chunk == Chunks - 1));
        }

        var outcome = await peer.ReceiveUntilAsync<OutcomeMessage>();
        Assert.Equal((OutcomeState.Committed, Convert.ToHexStringLower(SHA256.HashData(payload))), (outcome.State, outcome.Sha256));
    }

    [Fact]
    public async Task A_raw_message_that_does_not_compress_may_be_as_large_as_without_compression()
    {
        const int MessageBytes = 1_000_000;
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?>(On) { ["Reassembly:Limits:MessageBytes"] = $"{MessageBytes}" });
        using var peer = await ConnectAsync(host, "/raw");
        var payload = Incompressible(MessageBytes);
        await peer.SendAsync(payload);
        var outcome = await peer.ReceiveAsync<OutcomeMessage>();
        Assert.Equal((OutcomeState.Committed, Convert.ToHexStringLower(SHA256.HashData(payload))), (outcome.State, outcome.Sha256));
        await peer.SendAsync(Incompressible(MessageBytes + 1));
        Assert.Equal(OutcomeState.Rejected, (await peer.ReceiveAsync<OutcomeMessage>()).State);
    }

    [Fact]
    public async Task A_message_above_the_limit_once_inflated_is_an_answer()
    {
        await using var host = await EdgeHost.StartAsync(On);
        using var peer = await ConnectAsync(host, "/ws");
        await peer.SendAsync(new byte[65_537]);
        var error = await peer.ReceiveAsync<ErrorMessage>();
        Assert.Equal((ErrorCode.FrameTooBig, 65_536L, 65_537L), (error.Code, error.Limit!.Max, error.Limit.Actual));
        await peer.SendAsync(Peer.Chunk(Peer.NewId(), 0, new byte[60_000], last: true));
        Assert.Equal(OutcomeState.Committed, (await peer.ReceiveUntilAsync<OutcomeMessage>()).State);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(65_536)]
    [InlineData(900_000)]
    public async Task A_raw_message_of_any_size_is_one_payload(int size)
    {
        await using var host = await EdgeHost.StartAsync(On);
        using var peer = await ConnectAsync(host, "/raw");
        var payload = new byte[size];
        Array.Fill(payload, (byte)3);
        await peer.SendAsync(payload);
        var outcome = await peer.ReceiveAsync<OutcomeMessage>();
        Assert.Equal((OutcomeState.Committed, size, Convert.ToHexStringLower(SHA256.HashData(payload))), (outcome.State, (int)outcome.Size!, outcome.Sha256));
    }

    [Theory]
    [InlineData("/ws")]
    [InlineData("/raw")]
    public async Task A_bomb_costs_no_more_than_the_limit(string path)
    {
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?>(On) { ["Reassembly:Limits:MessageBytes"] = "1000000" });
        using var peer = await ConnectAsync(host, path);
        var zeros = new byte[1 << 20];
        await peer.SendAsync(zeros, end: false);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var sending = SendBombAsync(peer, zeros);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await peer.ReceiveCloseAsync());
        await sending;

        // The sender, which is in this process too, compresses into one buffer; what the server inflates is thrown away as it comes.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16L << 20);
    }

    private static byte[] Incompressible(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private static async Task SendBombAsync(Peer peer, byte[] zeros)
    {
        try
        {
            for (var sent = zeros.Length; sent < BombBytes; sent += zeros.Length)
            {
                await peer.SendAsync(zeros, end: false);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed on the way, as it is meant to be.
        }
    }

    private static Task<Peer> ConnectAsync(EdgeHost host, string path, bool offers = true)
        => Peer.ConnectAsync(host, path, path == "/raw" ? null : Protocol.WireProtocol.Subprotocol, options =>
        {
            options.DangerousDeflateOptions = offers ? new WebSocketDeflateOptions() : null;
            options.CollectHttpResponseDetails = true;
        });
}
