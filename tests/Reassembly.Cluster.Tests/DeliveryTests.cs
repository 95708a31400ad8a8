using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Reassembly.Client;
using Reassembly.Client.Sending;
using Reassembly.Cluster.Tests.Balancing;
using Reassembly.Protocol;
using Reassembly.Protocol.Errors;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;
using Xunit.Abstractions;

namespace Reassembly.Cluster.Tests;

/// <summary>Subscribers anywhere get what was committed anywhere, also while nodes are killed and subscribers cut off.</summary>
[Collection(Heavy.Name)]
public sealed class DeliveryTests(ITestOutputHelper output)
{
    private const string Channel = "parcels";
    private const int Nodes = 3;
    private const int Senders = 3;
    private const int Subscribers = 4;
    private const int Kills = 4;

    /// <summary>What a subscriber may hear as nodes go.</summary>
    private static readonly string[] OfKills = [nameof(ErrorCode.UnknownMessage), nameof(ErrorCode.Expired), nameof(ErrorCode.NotDurable)];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task A_subscriber_gets_at_once_what_was_committed_at_another_node(NodeKind kind)
    {
        await using var cluster = await NodeCluster.StartAsync(kind, 2, "--Reassembly:Delivery:Directory=");
        using var subscriber = await Subscriber.ConnectAsync(cluster.Nodes[1].Ws);
        await subscriber.SubscribeAsync(Channel);
        await using var client = await ReassemblyClient.ConnectAsync(cluster.Nodes[0].Ws);
        for (var count = 0; count < 20; count++)
        {
            var payload = RandomNumberGenerator.GetBytes(100_000);
            var sent = await SendAsync(client, payload);
            var committed = TimeProvider.System.GetTimestamp();
            var (message, received) = await subscriber.ReceiveAsync();
            output.WriteLine($"{TimeProvider.System.GetElapsedTime(committed).TotalMilliseconds:0.0} ms from the outcome at the sender to the last byte at the subscriber");
            Assert.Equal((sent, 1L), (message.Id, message.Attempt));
            Assert.Equal(payload, received);
            await subscriber.DeliveredAsync(message.Id);
        }
    }

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task Every_committed_payload_is_delivered_though_nodes_are_killed_and_subscribers_cut_off(NodeKind kind)
    {
        var random = Seed.Random(output.WriteLine);
        await using var cluster = await NodeCluster.StartAsync(kind, Nodes, "--Reassembly:Delivery:TimeoutSeconds=5", "--Reassembly:Delivery:MaxAttempts=1000");
        await using var supervisor = new Supervisor(cluster);
        await using var balancer = new LoadBalancer(cluster);
        var got = new ConcurrentDictionary<MessageId, int>();
        var faults = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var seeds = Enumerable.Range(0, Subscribers).Select(_ => random.Next()).ToArray();
        var receiving = Task.WhenAll(seeds.Select(seed => Task.Run(() => ReceiveAsync(balancer.Ws, new Random(seed), got, faults, stop.Token))));

        var sent = new ConcurrentBag<MessageId>();
        await using var client = await ReassemblyClient.ConnectAsync(balancer.Ws);
        using var enough = new CancellationTokenSource();
        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => random.Next()).ToArray().Select(seed => Task.Run(async () =>
        {
            for (var source = new Random(seed); !enough.IsCancellationRequested;)
            {
                var payload = new byte[source.Next(1, 400_000)];
                source.NextBytes(payload);
                sent.Add(await SendAsync(client, payload));
            }
        })));
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 2000)), TimeProvider.System);
            var node = cluster.Nodes[random.Next(Nodes)];
            if (supervisor.TryTake(node))
            {
                await node.KillAsync();
                await supervisor.StartAsync(node);
            }
        }

        await enough.CancelAsync();
        await sending.WaitAsync(Patience, TimeProvider.System);
        var started = TimeProvider.System.GetTimestamp();
        while (sent.Any(id => !got.ContainsKey(id)) && TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        await stop.CancelAsync();
        await receiving;
        output.WriteLine($"{sent.Count} payloads, delivered {got.Values.Sum()} times, {got.Values.Sum() - got.Count} of them again");
        Assert.Empty(faults);
        Assert.Empty(supervisor.Faults);
        Assert.DoesNotContain(sent, id => !got.ContainsKey(id));
    }

    /// <summary>Subscribes again whenever its connection is lost; cuts it off itself now and then, before it has answered.</summary>
    private static async Task ReceiveAsync(
        Uri address, Random random, ConcurrentDictionary<MessageId, int> got, ConcurrentQueue<string> faults, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var subscriber = await Subscriber.ConnectAsync(address, random.Next(512, 70_000));
                using var end = stop.Register(subscriber.Socket.Abort);
                await subscriber.SubscribeAsync(Channel, random.Next(1, 4));
                while (random.Next(15) > 0)
                {
                    var (message, _) = await subscriber.ReceiveAsync();
                    got.AddOrUpdate(message.Id, 1, static (_, count) => count + 1);
                    await subscriber.DeliveredAsync(message.Id);
                }
            }
            catch (Exception exception) when (exception is WebSocketException or TimeoutException or OperationCanceledException or ObjectDisposedException)
            {
                // Its node was killed, or it was told to stop.
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100)), TimeProvider.System, CancellationToken.None);
            }
            catch (InvalidOperationException exception) when (!Array.Exists(OfKills, exception.Message.StartsWith))
            {
                faults.Enqueue(exception.Message);
                return;
            }
            catch (InvalidOperationException)
            {
                // An answer that comes or came too late, or bytes that could not be read as a node went: the message comes again.
            }
        }
    }

    private static async Task<MessageId> SendAsync(ReassemblyClient client, byte[] payload)
    {
        using var source = new MemoryStream(payload);
        return (await client.SendAsync(source, new SendOptions { Channel = Channel })).Id;
    }
}
