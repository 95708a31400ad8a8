using System.Security.Cryptography;
using System.Threading.Channels;
using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;

namespace Reassembly.Benchmarks.Scenarios;

/// <summary>
/// From <c>committed</c> at the sender to the first byte of the first chunk at a subscriber that waits: on one node with its store on disk, and with
/// the sender at one node of three and the subscriber at another. Sender and subscriber are one process, so that one monotonic clock
/// times both. Small and larger messages take turns, each after a short pause, when the one before was answered.
/// <para>The server commits at some moment between the sending of the last chunk and the outcome at the sender, so the time from the former
/// is printed, too: no delivery from the commit on took longer. What a ping to the subscriber's node takes meanwhile says how much of all this
/// is the machine.</para>
/// </summary>
internal static class DeliveryScenario
{
    private const int WarmUps = 200;
    private const int Messages = 700;
    private const int LeastPauseMs = 5;
    private const int MostPauseMs = 20;
    private const int ReceiveFrameBytes = 64 * 1024;
    private const double BarOfOneNodeMs = 20;
    private const double BarAcrossNodesMs = 100;
    private const string Channel = "latency";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly int[] Sizes = [1 << 10, 100 << 10];

    public static async Task RunAsync(Report report)
    {
        await OnOneNodeAsync(report);
        await AcrossNodesAsync(report, NodeKind.Server);
        await AcrossNodesAsync(report, NodeKind.Silo);
    }

    private static async Task OnOneNodeAsync(Report report)
    {
        await using var server = await Servers.StartReassemblyAsync();
        await MeasureAsync(report, "one node, disk", server.Ws, server.Ws, BarOfOneNodeMs);
    }

    private static async Task AcrossNodesAsync(Report report, NodeKind kind)
    {
        if (NodePrograms.Missing(kind) is { } missing)
        {
            report.Note($"{kind}: not run, {missing}");
            return;
        }

        await using var cluster = await NodeCluster.StartAsync(kind, 3, "--Reassembly:Delivery:Directory=");
        await MeasureAsync(report, $"across nodes, {kind}", cluster.Nodes[0].Ws, cluster.Nodes[1].Ws, BarAcrossNodesMs);
    }

    private static async Task MeasureAsync(Report report, string where, Uri senders, Uri subscribers, double barMs)
    {
        var arrivals = System.Threading.Channels.Channel.CreateUnbounded<Arrival>();
        using var sender = await ChannelSender.OpenAsync(senders);
        await using var subscriber = await LoadSubscriber.OpenAsync(subscribers, Channel, ReceiveFrameBytes, arrival => arrivals.Writer.TryWrite(arrival));
        using var pinger = await Peer.ConnectAsync(subscribers);
        var pauses = new Random(1);
        var payloads = Sizes.Select(RandomNumberGenerator.GetBytes).ToArray();
        var times = Sizes.Select(static _ => new Times([], [])).ToArray();
        var pings = new List<double>();
        var cold = 0.0;
        var warmUps = Effort.Of(WarmUps);
        for (var message = -warmUps; message < Effort.Of(Messages) * Sizes.Length; message++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(pauses.Next(LeastPauseMs, MostPauseMs + 1)), TimeProvider.System);
            var ping = await PingAsync(pinger);
            var size = Math.Abs(message) % Sizes.Length;
            var id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow());
            var commit = await sender.SendAsync(id, Channel, payloads[size]);
            var first = await FirstByteAsync(id, arrivals.Reader, subscriber);
            cold = message == -warmUps ? Milliseconds(commit.HeardAt, first) : cold;
            if (message >= 0)
            {
                pings.Add(ping);
                times[size].SinceHeard.Add(Milliseconds(commit.HeardAt, first));
                times[size].SinceSent.Add(Milliseconds(commit.LastSentAt, first));
            }
        }

        report.Add($"{where}: the first of all, before anything is warm", "ms", cold);
        report.Times($"{where}: ping to pong meanwhile", "ms", pings);
        foreach (var (size, of) in Sizes.Zip(times))
        {
            report.Times($"{where}, {size >> 10} KiB: committed to first byte", "ms", of.SinceHeard, barMs);
            report.Times($"{where}, {size >> 10} KiB: last chunk sent to first byte", "ms", of.SinceSent);
        }
    }

    private static async Task<double> PingAsync(Peer pinger)
    {
        var start = TimeProvider.System.GetTimestamp();
        await pinger.SendTextAsync("""{"type":"ping","nonce":1}""");
        await pinger.ReceiveAsync<PongMessage>();
        return Milliseconds(start, TimeProvider.System.GetTimestamp());
    }

    private static async Task<long> FirstByteAsync(MessageId id, ChannelReader<Arrival> arrivals, LoadSubscriber subscriber)
    {
        var arriving = arrivals.ReadAsync().AsTask();
        await (await Task.WhenAny(arriving, subscriber.Reading).WaitAsync(Patience, TimeProvider.System));
        var arrival = await arriving;
        return arrival.Id == id ? arrival.FirstByteAt : throw new InvalidOperationException($"message {arrival.Id} came instead of {id}");
    }

    private static double Milliseconds(long from, long to) => TimeProvider.System.GetElapsedTime(from, to).TotalMilliseconds;

    /// <summary>Times to the first byte at the subscriber, in milliseconds.</summary>
    private sealed record Times(List<double> SinceHeard, List<double> SinceSent);
}
