using System.Net.WebSockets;
using Reassembly.EndToEnd.Tests.Hosting;
using Reassembly.EndToEnd.Tests.Killing;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Xunit.Abstractions;

namespace Reassembly.EndToEnd.Tests;

/// <summary>SIGTERM: the server says that it goes, and its senders go on once it is back.</summary>
[Collection(Settings.HeavyCollection)]
public sealed class DrainTests(ITestOutputHelper output)
{
    private const int Rounds = 3;

    [Fact]
    public async Task Senders_see_no_error_when_the_server_is_stopped_and_started_again()
    {
        var random = Settings.Random(output);
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Edge:DrainSeconds=1");
        await using var load = new SdkLoad(server.Ws, random.Next());
        await load.StartAsync();
        for (var round = 0; round < Rounds; round++)
        {
            // So many more messages: it is in the middle of others.
            var sent = load.Sent.Count;
            await Eventually.TrueAsync(() => load.Sent.Count > sent, "another message was committed");
            server.Terminate();
            Assert.Equal(0, await server.EndAsync());
            await server.StartAsync();
        }

        await load.FinishAsync();
        foreach (var sent in load.Sent)
        {
            await load.CompareAsync(sent);
        }

        await DeliveredFiles.AssertExactlyAsync(server.DeliveryFolder, load.Sent);
        var results = load.Results.ToArray();
        output.WriteLine($"{Rounds} stops, {results.Length} messages, {results.Sum(result => result.BytesResent)} bytes sent again, {results.Sum(result => result.Reconnects)} sends went on");
        Assert.Contains(results, result => result.Reconnects > 0);
        Assert.DoesNotContain(server.Output.Concat(server.Error), line => line.StartsWith("fail:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_peer_is_told_goaway_and_then_closed_with_1001()
    {
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Edge:DrainSeconds=10");
        using var peer = await Peer.ConnectAsync(server.Ws);
        var id = Peer.NewId();
        await peer.SendAsync(Peer.Chunk(id, 0, new byte[2000]));
        await peer.ReceiveAsync<AckMessage>(ack => ack.Durable == 2000);

        server.Terminate();
        var goAway = await peer.ReceiveAsync<GoAwayMessage>();
        Assert.NotEmpty(goAway.Reason);
        Assert.InRange(goAway.GraceMs, 1, 10_000);

        // Within the grace the connection still serves.
        await peer.SendAsync(Peer.Chunk(id, 2000, new byte[2000], last: true));
        Assert.Equal(OutcomeState.Committed, (await peer.OutcomeAsync(id)).State);
        Assert.Null(await peer.ReceiveOrEndAsync());
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, peer.Socket.CloseStatus);
        await peer.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        Assert.Equal(0, await server.EndAsync());
    }
}
