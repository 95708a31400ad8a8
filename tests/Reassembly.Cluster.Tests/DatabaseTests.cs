using System.Net;
using Reassembly.Cluster.Tests.Sending;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests;

/// <summary>The database goes away and comes back.</summary>
[Collection(Heavy.Name)]
public sealed class DatabaseTests
{
    private const int Half = 8 * OneMessage.ChunkBytes;

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task Without_a_database_nothing_is_acked_and_with_it_everything_goes_on(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 2);
        var node = cluster.Nodes[0];
        var message = new OneMessage(2 * Half);
        using var peer = await Peer.ConnectAsync(node.Ws);
        await message.SendAsync(peer, 0, Half);
        var before = await message.AckedAsync(peer, Half);

        await cluster.Postgres.StopAsync();
        await message.SendAsync(peer, Half);
        var error = await peer.ReceiveAsync<ErrorMessage>();
        Assert.Equal((ErrorCode.NotDurable, true, message.Id), (error.Code, error.Retryable, error.Id!.Value));

        // Whatever else is said meanwhile: neither a byte more is durable, nor may one more be sent.
        peer.Heard = said => Assert.False(said is AckMessage ack && (ack.Durable > before.Durable || ack.Credit > before.Credit), $"{said} without a database");
        await message.SendAsync(peer, Half);
        Assert.Equal(ErrorCode.NotDurable, (await peer.ReceiveAsync<ErrorMessage>()).Code);
        foreach (var each in cluster.Nodes)
        {
            await NodeCluster.ReadyAsync(each, HttpStatusCode.ServiceUnavailable);
        }

        peer.Heard = null;
        await cluster.Postgres.StartAsync();
        await cluster.ReadyAsync();
        var status = Assert.IsType<AckMessage>(await message.AskAsync(peer));
        Assert.InRange(status.Durable, Half, Half + OneMessage.ChunkBytes);
        await message.SendAsync(peer, (int)status.Durable, message.Size);
        await message.CommittedAsync(peer);
        await message.AssertWholeAtAsync(cluster.Nodes);
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task An_outage_longer_than_the_idle_time_ends_no_message(NodeKind kind)
    {
        var idle = TimeSpan.FromSeconds(10);
        await using var cluster = await NodeCluster.StartAsync(kind, 2, $"--Reassembly:Limits:IdleSeconds={idle.TotalSeconds}");
        var message = new OneMessage(2 * Half);
        using var peer = await Peer.ConnectAsync(cluster.Nodes[0].Ws);
        await message.SendAsync(peer, 0, Half);
        await message.AckedAsync(peer, Half);

        // Silent all the while: nothing that it could send would be recorded. A sweeper waits for a quarter more.
        await cluster.Postgres.StopAsync();
        await Task.Delay((1.25 * idle) + TimeSpan.FromSeconds(1), TimeProvider.System);
        await cluster.Postgres.StartAsync();
        await cluster.ReadyAsync();

        // Until after a pass of every sweeper, and well before the idle time is over.
        await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System);
        Assert.Equal(Half, Assert.IsType<AckMessage>(await message.AskAsync(peer)).Durable);
        await message.SendAsync(peer, Half, message.Size);
        await message.CommittedAsync(peer);
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task Nodes_that_start_at_once_on_an_empty_database_all_serve(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 3);
        foreach (var node in cluster.Nodes)
        {
            using var peer = await Peer.ConnectAsync(node.Ws);
            Assert.Equal((node.Name, Durability.Database), (peer.Welcome.Node, peer.Welcome.Durability));
            await peer.CommitHonestAsync();
        }
    }
}
