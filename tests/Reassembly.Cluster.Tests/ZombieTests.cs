using System.Net.WebSockets;
using Reassembly.Cluster.Tests.Sending;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests;

/// <summary>A node is frozen, another takes its message over, and it wakes while its sender still talks to it.</summary>
[Collection(Heavy.Name)]
public sealed class ZombieTests
{
    private const int Third = 16 * OneMessage.ChunkBytes;

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task A_woken_node_never_asks_for_what_its_successor_acked(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 3);
        var (zombie, successor) = (cluster.Nodes[0], cluster.Nodes[1]);
        var message = new OneMessage(3 * Third);
        using var first = await Peer.ConnectAsync(zombie.Ws);
        using var question = await Peer.ConnectAsync(zombie.Ws);
        await message.SendAsync(first, 0, Third);
        await message.AckedAsync(first, Third);

        zombie.Freeze();
        await question.SendAsync(new StatusMessage { Id = message.Id });
        using var second = await Peer.ConnectAsync(successor.Ws);
        await message.SendAsync(second, Third, 2 * Third);
        await message.AckedAsync(second, 2 * Third);

        // The question lies in its socket: it is the first thing that the woken node finds.
        zombie.Thaw();
        await UnlessGivenUpAsync(kind, zombie, async () =>
        {
            var answer = await AnswerAsync(question, message).WaitAsync(HostProcess.Patience, TimeProvider.System);
            Assert.True(answer.Durable >= 2 * Third, $"bytes up to {2 * Third} were acked, and the woken node asks for those from {answer.Durable}");
        });

        await message.SendAsync(second, 2 * Third, message.Size);
        await message.CommittedAsync(second);
        await EndsWellAtAsync(kind, cluster, first, message);
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task Chunks_that_a_frozen_node_had_not_read_do_no_harm_when_it_wakes(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 3);
        var (zombie, successor) = (cluster.Nodes[0], cluster.Nodes[1]);
        var message = new OneMessage(3 * Third);
        using var first = await Peer.ConnectAsync(zombie.Ws);
        await message.SendAsync(first, 0, Third);
        await message.AckedAsync(first, Third);

        zombie.Freeze();
        await message.SendAsync(first, Third);
        using var second = await Peer.ConnectAsync(successor.Ws);
        await message.SendAsync(second, Third, 2 * Third);
        await message.AckedAsync(second, 2 * Third);
        zombie.Thaw();

        if (kind == NodeKind.Server)
        {
            // What it acks now it has from its successor.
            await message.AckedAsync(first, 2 * Third);
        }

        await message.SendAsync(second, 2 * Third, message.Size);
        await message.CommittedAsync(second);
        await EndsWellAtAsync(kind, cluster, first, message);
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task A_woken_node_tells_the_outcome_that_its_successor_reached(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 3);
        var (zombie, successor) = (cluster.Nodes[0], cluster.Nodes[1]);
        var message = new OneMessage(2 * Third);
        using var first = await Peer.ConnectAsync(zombie.Ws);
        await message.SendAsync(first, 0, Third);
        await message.AckedAsync(first, Third);

        zombie.Freeze();
        using var second = await Peer.ConnectAsync(successor.Ws);
        await message.SendAsync(second, Third, message.Size);
        await message.CommittedAsync(second);
        zombie.Thaw();

        // Without being asked: its sender waits for the end.
        await EndsWellAtAsync(kind, cluster, first, message);
        if (kind == NodeKind.Server)
        {
            await message.SendAsync(first, Third);
            await message.CommittedAsync(first);
        }
    }

    /// <summary>What a status is answered with, asked again where the woken node has not found its database yet.</summary>
    private static async Task<AckMessage> AnswerAsync(Peer peer, OneMessage message)
    {
        while (true)
        {
            switch (await peer.ReceiveAsync())
            {
                case AckMessage ack when ack.Id == message.Id:
                    return ack;
                case ErrorMessage { Code: ErrorCode.NotDurable } error:
                    await Task.Delay(TimeSpan.FromMilliseconds(error.RetryAfterMs ?? 100), TimeProvider.System);
                    await peer.SendAsync(new StatusMessage { Id = message.Id });
                    break;
            }
        }
    }

    /// <summary>Its sender is told the end by the woken node, too, and the payload is whole at every node.</summary>
    private static async Task EndsWellAtAsync(NodeKind kind, NodeCluster cluster, Peer sender, OneMessage message)
    {
        await UnlessGivenUpAsync(kind, cluster.Nodes[0], () => message.CommittedAsync(sender));
        await message.AssertWholeAtAsync(kind == NodeKind.Server ? cluster.Nodes : cluster.Nodes.Skip(1));
    }

    /// <summary>
    /// A silo that was given up while it slept ends by itself within seconds of waking: its sender may see that instead of the answer, and
    /// goes on elsewhere.
    /// </summary>
    private static async Task UnlessGivenUpAsync(NodeKind kind, ClusterNode woken, Func<Task> answered)
    {
        try
        {
            await answered();
        }
        catch (Exception exception) when (kind == NodeKind.Silo && exception is WebSocketException or InvalidOperationException)
        {
            await woken.EndAsync();
        }
    }
}
