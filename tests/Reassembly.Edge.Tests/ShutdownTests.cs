using System.Net.WebSockets;
using Reassembly.Edge.Tests.Hosting;
using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Tests;

public sealed class ShutdownTests
{
    [Fact]
    public async Task Goaway_comes_first_then_the_acks_under_way_then_1001()
    {
        var router = new HeldRouter();
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Edge:DrainSeconds"] = "5" }, router);
        using var peer = await Peer.ConnectAsync(host);
        await peer.SendAsync(Peer.Chunk(Peer.NewId(), 0, new byte[2000]));
        var held = await router.NextAsync();
        var stopping = host.App.StopAsync();
        Assert.Equal(5000, (await peer.ReceiveAsync<GoAwayMessage>()).GraceMs);
        held.Ack(2000);
        await peer.ReceiveAsync<AckMessage>();
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await peer.ReceiveCloseAsync());
        await peer.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await stopping.WaitAsync(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task A_client_that_leaves_within_the_grace_ends_it()
    {
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Edge:DrainSeconds"] = "20" });
        using var peer = await Peer.ConnectAsync(host);
        var stopping = host.App.StopAsync();
        await peer.ReceiveAsync<GoAwayMessage>();
        await peer.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await stopping.WaitAsync(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Clients_are_sent_away_one_after_the_other()
    {
        const int Clients = 5;
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Edge:DrainSeconds"] = "10" });
        var peers = new List<Peer>();
        for (var index = 0; index < Clients; index++)
        {
            peers.Add(await Peer.ConnectAsync(host));
        }

        var stopping = host.App.StopAsync();
        var graces = new List<int>();
        foreach (var peer in peers)
        {
            graces.Add((await peer.ReceiveAsync<GoAwayMessage>()).GraceMs);
        }

        Assert.Equal(Enumerable.Range(0, Clients).Select(index => 10_000 - (5000 * index / Clients)), graces.OrderDescending());
        foreach (var peer in peers)
        {
            await peer.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            peer.Dispose();
        }

        await stopping.WaitAsync(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task With_no_connections_the_host_stops_at_once()
    {
        await using var host = await EdgeHost.StartAsync(new Dictionary<string, string?> { ["Reassembly:Edge:DrainSeconds"] = "20" });
        await host.App.StopAsync().WaitAsync(TimeSpan.FromSeconds(15));
    }
}
