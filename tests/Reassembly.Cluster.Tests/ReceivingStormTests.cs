using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Reassembly.Cluster.Tests.Balancing;
using Reassembly.Cluster.Tests.Receiving;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;
using Reassembly.Testing.Receiving;
using Xunit.Abstractions;

namespace Reassembly.Cluster.Tests;

/// <summary>
/// Nodes, subscribers and a webhook's server are processes, and each of them is killed at any moment. Receivers write down what they have before
/// they answer, so that what they say they got is never more than they could keep.
/// </summary>
[Collection(Heavy.Name)]
public sealed class ReceivingStormTests(ITestOutputHelper output)
{
    /// <summary>Several compete for it.</summary>
    private const string Shared = "parcels";

    /// <summary>One has it alone.</summary>
    private const string Alone = "letters";

    private const int Nodes = 3;
    private const int Kills = 9;
    private const int MostBytes = 300_000;
    private const int MostPauseMs = 80;
    private const int WorkMs = 60;

    /// <summary>It gets a channel's messages one after the other, and all of them.</summary>
    private const int WebhookWorkMs = 25;

    private const int MostFaultsTold = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Theory]
    [Nodes(NodeKind.Server)]
    [Nodes(NodeKind.Silo)]
    public async Task Every_payload_reaches_a_subscriber_and_the_webhook_whole_and_comes_again_only_after_a_kill(NodeKind kind)
    {
        var random = Seed.Random(output.WriteLine);
        await using var webhook = ReceiverProcess.Webhook(WebhookWorkMs, random.Next());
        await using var cluster = await NodeCluster.StartAsync(kind, Nodes, [.. Settings, .. SettingsOf(Shared, webhook), .. SettingsOf(Alone, webhook)]);
        await using var supervisor = new Supervisor(cluster);
        await using var balancer = new LoadBalancer(cluster);
        await using var first = ReceiverProcess.Subscriber(balancer.Ws, Shared, random.Next(1, 5), random.Next(512, 70_000), WorkMs, random.Next());
        await using var second = ReceiverProcess.Subscriber(balancer.Ws, Shared, random.Next(1, 5), random.Next(512, 70_000), WorkMs, random.Next());
        await using var only = ReceiverProcess.Subscriber(balancer.Ws, Alone, 1, random.Next(512, 70_000), WorkMs, random.Next());
        using var cli = new CliReceiver("command line", balancer.Ws, Shared);
        IStormReceiver[] receivers =
        [
            new ProgramReceiver("webhook", KillTarget.Webhook, webhook),
            new ProgramReceiver("first", KillTarget.Subscriber, first),
            new ProgramReceiver("second", KillTarget.Subscriber, second),
            new ProgramReceiver("only", KillTarget.Subscriber, only),
            cli,
        ];
        await Task.WhenAll(receivers.Select(static receiver => receiver.StartAsync()));

        var sent = new ConcurrentQueue<SentMessage>();
        using var enough = new CancellationTokenSource();
        string[] channels = [Shared, Shared, Alone];
        var senders = channels.Select(channel => new SequentialSender(balancer.Ws, channel, MostBytes, MostPauseMs, random.Next(), sent)).ToArray();
        var sending = Task.WhenAll(senders.Select(sender => Task.Run(() => sender.RunAsync(enough.Token))));
        var storm = new ReceivingStorm(cluster, supervisor, receivers, random);
        await storm.RunAsync(KillRounds.Asked ?? Kills);
        await enough.CancelAsync();
        await sending.WaitAsync(Patience, TimeProvider.System);
        await DrainedAsync(cluster);

        var outages = storm.Outages;
        var receipts = new ReceiptCheck(sent, receivers);
        var repeats = new RepeatCheck(receipts, outages);
        var order = new OrderCheck(receipts);
        string[] faults = [.. storm.Faults, .. supervisor.Faults, .. receipts.Faults(), .. repeats.Run(), .. order.Run(KillTarget.Subscriber), .. order.Run(KillTarget.Webhook)];
        Print(receipts, repeats, order, outages);
        Assert.Empty(receipts.Missing(KillTarget.Subscriber));
        Assert.Empty(receipts.Missing(KillTarget.Webhook));
        Assert.True(faults.Length == 0, $"{faults.Length} faults:\n{string.Join('\n', faults.Take(MostFaultsTold))}");
        Assert.NotEqual(0, order.Ordered);
        Assert.All(Enum.GetValues<KillTarget>(), target => Assert.Contains(outages, outage => outage.Target == target));
    }

    private static string[] Settings =>
    [
        "--Reassembly:Delivery:Directory=", "--Reassembly:Delivery:MaxAttempts=1000", "--Reassembly:Delivery:MaxPauseSeconds=1",
    ];

    private static string[] SettingsOf(string channel, ReceiverProcess webhook) =>
    [
        $"--Reassembly:Channels:{channel}:Webhook:Url={webhook.Http}{channel}",
        $"--Reassembly:Channels:{channel}:Webhook:Secret={ReceiverProcess.Secret}",
        $"--Reassembly:Channels:{channel}:Webhook:AllowPrivateAddresses=true",
        $"--Reassembly:Channels:{channel}:Webhook:TimeoutSeconds=60",
    ];

    /// <summary>Waits until the nodes know of nothing that is to be handed on, nor that is being: the last repeats have come by then.</summary>
    private static async Task DrainedAsync(NodeCluster cluster)
    {
        using var http = new HttpClient { BaseAddress = cluster.Nodes[0].Http };
        var (least, fell) = (long.MaxValue, TimeProvider.System.GetTimestamp());
        while (true)
        {
            var channels = (await http.GetFromJsonAsync<JsonElement>("/channels")).GetProperty("channels").EnumerateArray().ToList();
            var left = channels.Sum(static channel => channel.GetProperty("waiting").GetInt64() + channel.GetProperty("inFlight").GetInt64());
            if (left == 0)
            {
                Assert.All(channels, static channel => Assert.Equal(0, channel.GetProperty("dead").GetInt64()));
                return;
            }

            if (left < least)
            {
                (least, fell) = (left, TimeProvider.System.GetTimestamp());
            }

            Assert.True(TimeProvider.System.GetElapsedTime(fell) < Patience, $"still to be handed on: {string.Join(", ", channels)}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private void Print(ReceiptCheck receipts, RepeatCheck repeats, OrderCheck order, IReadOnlyList<Outage> outages)
    {
        output.WriteLine($"killed: {string.Join(", ", outages.GroupBy(static outage => outage.Target).OrderBy(static group => group.Key).Select(static group => $"{group.Count()} {group.Key}"))}; "
            + $"{receipts.CaughtInHand(outages)} deliveries were in hand at a receiver that was killed");
        output.WriteLine($"payloads: {receipts.Sent.Count}, {receipts.Sent.Sum(static message => message.Size) >> 20} MiB");
        foreach (var target in new[] { KillTarget.Subscriber, KillTarget.Webhook })
        {
            var had = receipts.Had.Where(one => one.To.Target == target).ToList();
            output.WriteLine($"{target}: {string.Join(", ", had.GroupBy(static one => one.To.Name).Select(static group => $"{group.Count()} by {group.Key}"))}; "
                + $"{receipts.Repeats(target)} of them a second time or more; none at {receipts.Missing(target).Count}");
        }

        output.WriteLine($"attempts after the first, explained by a kill: {repeats.Explained}, of messages whose first nobody saw: {repeats.Unseen}; surely in order of commit: {order.Ordered}");
    }
}
