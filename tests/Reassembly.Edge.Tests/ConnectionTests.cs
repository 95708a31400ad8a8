using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text.Json;
using Reassembly.Edge.Tests.Hosting;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Tests;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Welcome_comes_first_with_exactly_the_fields_of_the_contract()
    {
        await using var host = await EdgeHost.StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(host.Address("/ws"), CancellationToken.None);
        var buffer = new byte[8192];
        var result = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        Assert.Equal(WebSocketMessageType.Text, result.MessageType);

        using var json = JsonDocument.Parse(buffer.AsMemory(0, result.Count));
        Assert.Equal(
            ["type", "protocol", "connection", "node", "durability", "limits"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal("welcome", json.RootElement.GetProperty("type").GetString());
        Assert.Equal("reassembly.v1", json.RootElement.GetProperty("protocol").GetString());
        Assert.Equal("memory", json.RootElement.GetProperty("durability").GetString());
        Assert.Equal(
            ["frameBytes", "chunkBytes", "minChunkBytes", "messageBytes", "openMessages", "windowBytes", "idleSeconds", "messageSeconds", "retentionSeconds"],
            json.RootElement.GetProperty("limits").EnumerateObject().Select(property => property.Name));
        Assert.Equal(65_488, json.RootElement.GetProperty("limits").GetProperty("chunkBytes").GetInt32());
    }

    [Fact]
    public async Task A_message_goes_in_as_chunks_and_is_committed()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        var payload = RandomNumberGenerator.GetBytes(150_000);
        var id = Peer.NewId();
        await peer.SendAsync(new OpenMessage { Id = id, Size = payload.Length, ContentType = "application/pdf" });
        await peer.SendAsync(Peer.Chunk(id, 0, payload.AsSpan(0, 65_488)));
        await peer.SendAsync(Peer.Chunk(id, 65_488, payload.AsSpan(65_488, 65_488), sequence: 1));
        await peer.SendAsync(Peer.Chunk(id, 130_976, payload.AsSpan(130_976), last: true, sequence: 2));

        var outcome = await peer.ReceiveUntilAsync<OutcomeMessage>();
        Assert.Equal(OutcomeState.Committed, outcome.State);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), outcome.Sha256);

        using var http = host.Client();
        Assert.Equal(payload, await http.GetByteArrayAsync(new Uri($"/messages/{id}", UriKind.Relative)));
    }

    [Fact]
    public async Task The_subprotocol_is_echoed_when_it_is_offered_among_others()
    {
        await using var host = await EdgeHost.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("something.else");
        socket.Options.AddSubProtocol("reassembly.v1");
        await socket.ConnectAsync(host.Address("/ws"), CancellationToken.None);
        Assert.Equal("reassembly.v1", socket.SubProtocol);
    }

    [Fact]
    public async Task No_subprotocol_is_echoed_when_none_is_offered()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host, subprotocol: null);
        Assert.Null(peer.Socket.SubProtocol);
    }

    [Fact]
    public async Task Only_unknown_subprotocols_are_refused_with_the_known_ones()
    {
        await using var host = await EdgeHost.StartAsync();
        using var http = host.Client();
        using var request = UpgradeRequest("/ws");
        request.Headers.Add("Sec-WebSocket-Protocol", "reassembly.v9, chat");
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("reassembly.v1", json.RootElement.GetProperty("subprotocols")[0].GetString());
    }

    [Fact]
    public async Task A_plain_request_to_the_socket_is_told_to_upgrade()
    {
        await using var host = await EdgeHost.StartAsync();
        using var http = host.Client();
        using var response = await http.GetAsync(new Uri("/ws", UriKind.Relative));
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        Assert.Contains("WebSocket", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoints_lie_beside_the_socket()
    {
        await using var host = await EdgeHost.StartAsync(pattern: "/payloads/ws");
        using var peer = await Peer.ConnectAsync(host, "/payloads/ws");
        using var http = host.Client();
        using var response = await http.GetAsync(new Uri("/payloads/health/ready", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_fragmented_websocket_message_is_one_frame()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        var payload = RandomNumberGenerator.GetBytes(40_000);
        var id = Peer.NewId();
        var frame = Peer.Chunk(id, 0, payload, last: true);
        for (var at = 0; at < frame.Length; at += 777)
        {
            await peer.SendAsync(frame[at..Math.Min(at + 777, frame.Length)], end: false);
        }

        await peer.SendAsync([], end: true);
        var outcome = await peer.ReceiveUntilAsync<OutcomeMessage>();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), outcome.Sha256);
    }

    [Fact]
    public async Task A_frame_of_exactly_frame_bytes_is_taken_even_in_fragments()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        var payload = RandomNumberGenerator.GetBytes(65_488);
        var id = Peer.NewId();
        var frame = Peer.Chunk(id, 0, payload, last: true);
        await peer.SendAsync(frame[..30_000], end: false);
        await peer.SendAsync(frame[30_000..], end: false);
        await peer.SendAsync([], end: true);
        Assert.Equal(OutcomeState.Committed, (await peer.ReceiveUntilAsync<OutcomeMessage>()).State);
    }

    [Fact]
    public async Task The_outcome_is_told_to_every_connection_that_took_part_once()
    {
        await using var host = await EdgeHost.StartAsync();
        using var first = await Peer.ConnectAsync(host);
        using var second = await Peer.ConnectAsync(host);
        var id = Peer.NewId();
        await first.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
        await first.ReceiveAsync<AckMessage>();
        await second.SendAsync(Peer.Chunk(id, 2000, new byte[2000]));
        await second.ReceiveAsync<AckMessage>();
        await second.SendAsync(new AbortMessage { Id = id });

        Assert.Equal(OutcomeState.Aborted, (await second.ReceiveAsync<OutcomeMessage>()).State);
        Assert.Equal(OutcomeState.Aborted, (await first.ReceiveAsync<OutcomeMessage>()).State);
        await first.SendTextAsync("""{"type":"ping","nonce":1}""");
        await first.ReceiveAsync<PongMessage>();
        await second.SendTextAsync("""{"type":"ping","nonce":1}""");
        await second.ReceiveAsync<PongMessage>();

        await first.SendAsync(Peer.Chunk(id, 4000, new byte[2000]));
        Assert.Equal(OutcomeState.Aborted, (await first.ReceiveAsync<OutcomeMessage>()).State);
    }

    [Fact]
    public async Task A_ping_is_answered_with_its_nonce_whatever_it_is()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        await peer.SendTextAsync("""{"type":"ping","nonce":{"a":[1,2]}}""");
        Assert.Equal("""{"a":[1,2]}""", (await peer.ReceiveAsync<PongMessage>()).Nonce.GetRawText());
    }

    [Fact]
    public async Task A_close_is_answered_with_its_code()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        await peer.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(WebSocketState.Closed, peer.Socket.State);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, peer.Socket.CloseStatus);
    }

    [Fact]
    public async Task Acks_fit_into_what_hello_says()
    {
        await using var host = await EdgeHost.StartAsync();
        using var peer = await Peer.ConnectAsync(host);
        var id = Peer.NewId();
        for (var index = 0; index < 64; index++)
        {
            await peer.SendAsync(Peer.Chunk(id, (index * 4000) + 2000, new byte[2000]));
        }

        await peer.AssertAliveAsync();
        await peer.SendAsync(new StatusMessage { Id = id });
        Assert.Equal(64, (await peer.ReceiveUntilAsync<AckMessage>(ack => ack.Missing.Count >= 64)).Missing.Count);

        await peer.SendAsync(new HelloMessage { ReceiveFrameBytes = 300 });
        await peer.AssertAliveAsync();
        await peer.SendAsync(new StatusMessage { Id = id });
        var text = await peer.ReceiveTextAsync();
        Assert.InRange(text!.Length, 1, 300);
    }

    internal static HttpRequestMessage UpgradeRequest(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        return request;
    }
}
