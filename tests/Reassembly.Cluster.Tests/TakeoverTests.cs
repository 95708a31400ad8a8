using System.Net;
using Reassembly.Cluster.Tests.Sending;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;
using Xunit.Abstractions;

namespace Reassembly.Cluster.Tests;

/// <summary>A message goes on at another node than the one where it began.</summary>
[Collection(Heavy.Name)]
public sealed class TakeoverTests(ITestOutputHelper output)
{
    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task A_sender_that_loses_its_node_sends_at_most_its_unacked_bytes_again(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 2);
        var message = new OneMessage(6 << 20);
        var acked = 0L;
        var sent = 0;
        using (var first = await Peer.ConnectAsync(cluster.Nodes[0].Ws))
        {
            // As fast as the socket takes it: when a quarter is acked, more is on its way.
            var reading = Task.Run(async () =>
            {
                while (acked < message.Size / 4)
                {
                    acked = (await message.AckedAsync(first, 1)).Durable;
                }
            });
            while (!reading.IsCompleted && sent < message.Size - OneMessage.ChunkBytes)
            {
                sent = await message.SendAsync(first, sent);
            }

            await reading;
            await cluster.Nodes[0].KillAsync();
        }

        using var second = await Peer.ConnectAsync(cluster.Nodes[1].Ws);
        var status = Assert.IsType<AckMessage>(await message.AskAsync(second));
        output.WriteLine($"sent {sent}, acked {acked}, durable at the other node {status.Durable}: {sent - status.Durable} bytes again, {sent - acked} were not acked");
        Assert.InRange(status.Durable, acked, sent);
        await message.SendAsync(second, (int)status.Durable, message.Size);
        await message.CommittedAsync(second);
        await message.AssertWholeAtAsync([cluster.Nodes[1]]);
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task Two_nodes_at_once_take_parts_of_one_message(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 2);
        var message = new OneMessage(4 << 20);
        using var even = await Peer.ConnectAsync(cluster.Nodes[0].Ws);
        using var odd = await Peer.ConnectAsync(cluster.Nodes[1].Ws);

        // Each node takes the message from the other again and again; what that costs is the nodes' business, not the sender's.
        even.Heard = odd.Heard = static said => Assert.False(said is ErrorMessage, $"{said}");
        var (next, other) = (even, odd);
        for (var from = 0; from < message.Size; (next, other) = (other, next))
        {
            from = await message.SendAsync(next, from);
        }

        // Each of them is told the end, whoever owned the message then.
        await message.CommittedAsync(even);
        await message.CommittedAsync(odd);
        await message.AssertWholeAtAsync(cluster.Nodes);
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task A_question_at_another_node_takes_the_message_from_nobody(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 2);
        var message = new OneMessage(2 * OneMessage.ChunkBytes);
        using var sender = await Peer.ConnectAsync(cluster.Nodes[0].Ws);
        await message.SendAsync(sender, 0);
        await message.AckedAsync(sender, OneMessage.ChunkBytes);
        var epoch = await EpochAsync();

        using var monitor = await Peer.ConnectAsync(cluster.Nodes[1].Ws);
        Assert.Equal(OneMessage.ChunkBytes, Assert.IsType<AckMessage>(await message.AskAsync(monitor)).Durable);
        using var http = new HttpClient { BaseAddress = cluster.Nodes[1].Http };
        using var status = await http.GetAsync($"/messages/{message.Id}/status");
        Assert.Equal(HttpStatusCode.OK, status.StatusCode);
        using var payload = await http.GetAsync($"/messages/{message.Id}");
        Assert.Equal(HttpStatusCode.Conflict, payload.StatusCode);
        Assert.Equal(epoch, await EpochAsync());

        // Whoever asked is told the end, too.
        await message.SendAsync(sender, OneMessage.ChunkBytes);
        await message.CommittedAsync(sender);
        await message.CommittedAsync(monitor);
        Assert.Equal(epoch, await EpochAsync());

        Task<long> EpochAsync() => cluster.Database.AskAsync<long>($"SELECT epoch FROM reassembly.message WHERE id = '{message.Id}'");
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    public async Task A_message_whose_sender_waits_for_its_source_outlives_its_node(NodeKind kind)
    {
        var idle = TimeSpan.FromSeconds(12);
        await using var cluster = await NodeCluster.StartAsync(
            kind, 2, $"--Reassembly:Limits:IdleSeconds={idle.TotalSeconds}", "--Reassembly:Edge:DrainSeconds=0");
        var message = new OneMessage(2 * OneMessage.ChunkBytes);
        using (var first = await Peer.ConnectAsync(cluster.Nodes[0].Ws))
        {
            await message.SendAsync(first, 0);
            await message.AckedAsync(first, OneMessage.ChunkBytes);
            for (var opens = 0; opens < 6; opens++)
            {
                // No byte, but a sign of life.
                await Task.Delay(idle / 4, TimeProvider.System);
                await first.SendAsync(new OpenMessage { Id = message.Id });
                await first.ReceiveAsync<AckMessage>();
            }

            cluster.Nodes[0].Terminate();
            await cluster.Nodes[0].EndAsync();
        }

        // Until after a pass of the other node's sweeper, which takes over what the first one owned.
        using var second = await Peer.ConnectAsync(cluster.Nodes[1].Ws);
        await Task.Delay(idle / 4, TimeProvider.System);
        Assert.Equal(OneMessage.ChunkBytes, Assert.IsType<AckMessage>(await message.AskAsync(second)).Durable);
        await message.SendAsync(second, OneMessage.ChunkBytes);
        await message.CommittedAsync(second);
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task A_message_without_a_sender_expires_though_its_node_is_gone(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 2, "--Reassembly:Limits:IdleSeconds=3");
        var message = new OneMessage(2 * OneMessage.ChunkBytes);
        using (var first = await Peer.ConnectAsync(cluster.Nodes[0].Ws))
        {
            await message.SendAsync(first, 0);
            await message.AckedAsync(first, OneMessage.ChunkBytes);
        }

        await cluster.Nodes[0].KillAsync();
        using var second = await Peer.ConnectAsync(cluster.Nodes[1].Ws);
        await Eventually.TrueAsync(
            async () => await message.AskAsync(second) is OutcomeMessage { State: OutcomeState.Expired },
            "the message expired at the other node");
    }
}
