using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Edge.Tests.Hosting;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Tests;

public sealed class RawTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(3_000_000)]
    public async Task Each_websocket_message_is_one_payload(int size)
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host, "/raw?channel=scans", subprotocol: null);
        for (var round = 0; round < 2; round++)
        {
            var payload = RandomNumberGenerator.GetBytes(size);
            await peer.SendAsync(payload);
            var outcome = await peer.ReceiveAsync<OutcomeMessage>();
            Assert.Equal((OutcomeState.Committed, (long?)size), (outcome.State, outcome.Size));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), outcome.Sha256);
        }
    }

    [Fact]
    public async Task Text_fragments_and_empty_messages_are_payloads_too()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host, "/raw", subprotocol: null);
        var text = Encoding.UTF8.GetBytes("käse");
        foreach (var part in text.Chunk(1))
        {
            await peer.SendAsync(part, WebSocketMessageType.Text, end: false);
        }

        await peer.SendAsync([], WebSocketMessageType.Text);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(text)), (await peer.ReceiveAsync<OutcomeMessage>()).Sha256);
        await peer.SendAsync([]);
        Assert.Equal(0, (await peer.ReceiveAsync<OutcomeMessage>()).Size);
    }

    [Fact]
    public async Task The_id_of_the_query_is_that_of_the_first_message()
    {
        await using var host = await EdgeHost.StartAsync();
        var id = Peer.NewId();
        using var peer = await Peer.ConnectAsync(host, $"/raw?id={id}", subprotocol: null);
        await peer.SendAsync(new byte[10]);
        Assert.Equal(id, (await peer.ReceiveAsync<OutcomeMessage>()).Id);
        await peer.SendAsync(new byte[10]);
        Assert.NotEqual(id, (await peer.ReceiveAsync<OutcomeMessage>()).Id);
    }

    [Theory]
    [InlineData("id=nonsense")]
    [InlineData("channel=")]
    [InlineData("channel=a&channel=b")]
    public async Task A_bad_query_is_refused(string query)
    {
        await using var host = await EdgeHost.StartAsync();
        using var http = host.Client();
        using var request = ConnectionTests.UpgradeRequest($"/raw?{query}");
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_little_too_big_is_rejected_and_the_connection_lives_on()
    {
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Limits:MessageBytes"] = "100000" });
        using var peer = await Peer.ConnectAsync(host, "/raw", subprotocol: null);
        await peer.SendAsync(new byte[200_000]);
        var outcome = await peer.ReceiveAsync<OutcomeMessage>();
        Assert.Equal((OutcomeState.Rejected, ErrorCode.MessageTooBig), (outcome.State, outcome.Error!.Code));
        await peer.SendAsync(new byte[10]);
        Assert.Equal(OutcomeState.Committed, (await peer.ReceiveAsync<OutcomeMessage>()).State);
    }

    [Fact]
    public async Task Far_too_big_is_rejected_and_closed_with_1009()
    {
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Limits:MessageBytes"] = "100000" });
        using var peer = await Peer.ConnectAsync(host, "/raw", subprotocol: null);
        await peer.SendAsync(new byte[5_000_000]);
        Assert.Equal(OutcomeState.Rejected, (await peer.ReceiveAsync<OutcomeMessage>()).State);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await peer.ReceiveCloseAsync());
        Assert.Equal("message of 5000000 bytes exceeds the limit of 100000 bytes", peer.Socket.CloseStatusDescription);
    }

    [Fact]
    public async Task A_message_that_breaks_off_is_aborted_unless_it_has_a_name()
    {
        var router = new HeldRouter();
        await using var host = await EdgeHost.StartAsync(router: router);
        using (var peer = await Peer.ConnectAsync(host, "/raw", subprotocol: null))
        {
            await peer.SendAsync(new byte[70_000], end: false);
            (await router.NextAsync()).Ack(65_536);
            peer.Socket.Abort();
        }

        Assert.Equal("abort", (await router.NextAsync()).Name);
    }

    [Fact]
    public async Task Sixty_four_mebibytes_never_lie_in_memory_at_once()
    {
        var router = new CountingRouter();
        await using var host = await EdgeHost.StartAsync(router: router);
        using var peer = await Peer.ConnectAsync(host, "/raw", subprotocol: null);
        await peer.SendAsync(new byte[64 << 20]);
        Assert.Equal(64 << 20, (await peer.ReceiveAsync<OutcomeMessage>()).Size);
        Assert.InRange(router.LargestBatch, 1, 4 << 20);
    }

    /// <summary>Takes its time over each call, and remembers how much it was given at once.</summary>
    private sealed class CountingRouter : IMessageRouter
    {
        public long LargestBatch { get; private set; }

        public async ValueTask<Receipt> AppendAsync(MessageKey key, IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
        {
            LargestBatch = Math.Max(LargestBatch, chunks.Sum(chunk => (long)chunk.Payload.Length));
            await Task.Yield();
            var last = chunks[^1].Header;
            return Receipt.Of(last.IsLast
                ? new OutcomeMessage { Id = key.Id, State = OutcomeState.Committed, Size = last.End }
                : new AckMessage { Id = key.Id, Durable = last.End, Missing = [], Credit = long.MaxValue, ExpiresAt = DateTimeOffset.UnixEpoch });
        }

        public ValueTask<Receipt> OpenAsync(MessageKey key, OpenMessage open, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<Receipt> StatusAsync(MessageKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<Receipt> AbortAsync(MessageKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Receipt> WhenEndedAsync(MessageKey key, CancellationToken cancellationToken)
            => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ContinueWith(_ => Receipt.Of(null!), TaskScheduler.Default);

        public ValueTask WakeAsync(MessageKey key, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
