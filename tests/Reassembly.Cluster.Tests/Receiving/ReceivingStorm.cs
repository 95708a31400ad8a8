using System.Collections.Concurrent;
using Reassembly.Testing.Cluster;
using Reassembly.Testing.Receiving;

namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>
/// Kills nodes, subscribers and the webhook's server, in an order that follows from the seed: each of the three once in three rounds.
/// Outages overlap; one node at least is left alone. Of the kills of a receiver one in three comes when it does, one as a message has
/// begun to arrive, and one as it has a message and has not answered.
/// </summary>
internal sealed class ReceivingStorm(NodeCluster cluster, Supervisor supervisor, IReadOnlyList<IStormReceiver> receivers, Random random)
{
    private const int ShortestPauseMs = 100;
    private const int LongestPauseMs = 900;
    private const int LongestAwayMs = 600;

    /// <summary>How long to wait for the right moment.</summary>
    private static readonly TimeSpan LongestAim = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(1);

    private readonly List<Task> _repairs = [];
    private readonly ConcurrentDictionary<IStormReceiver, bool> _down = [];
    private readonly ConcurrentQueue<Outage> _outages = new();

    /// <summary>Receivers that ended by themselves.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>All that was down, once everything is up again.</summary>
    public IReadOnlyList<Outage> Outages => [.. _outages, .. supervisor.Ends.Select(static end => new Outage(KillTarget.Node, end.Node.Name, 0, end.From, end.To))];

    /// <summary>Rages for so many kills; returns when all that was killed serves again.</summary>
    public async Task RunAsync(int kills)
    {
        var targets = Enum.GetValues<KillTarget>();
        for (var kill = 0; kill < kills; kill++)
        {
            if (kill % targets.Length == 0)
            {
                random.Shuffle(targets);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(ShortestPauseMs, LongestPauseMs)), TimeProvider.System);
            await KillAsync(targets[kill % targets.Length], (Moment)(kill / targets.Length % 3), TimeSpan.FromMilliseconds(random.Next(LongestAwayMs)));
        }

        await Task.WhenAll(_repairs);
        await cluster.ReadyAsync();
        foreach (var receiver in receivers.Where(static receiver => receiver.HasExited))
        {
            Faults.Enqueue($"{receiver.Name} ended by itself");
        }
    }

    /// <summary>Kills one as soon as there is one that may be killed; it is started again after a while.</summary>
    private async Task KillAsync(KillTarget target, Moment moment, TimeSpan away)
    {
        Task? repair;
        while ((repair = target == KillTarget.Node ? BeginWithNode(away) : BeginWithReceiver(target, moment, away)) is null)
        {
            var over = await Task.WhenAny([.. _repairs, Task.Delay(TimeSpan.FromMilliseconds(LongestPauseMs), TimeProvider.System)]);
            _repairs.Remove(over);
            await over;
        }

        _repairs.Add(repair);
    }

    private Task? BeginWithNode(TimeSpan away)
    {
        var free = supervisor.Free;
        return free.Length > 1 && free[random.Next(free.Length)] is var node && supervisor.TryTake(node)
            ? DownAsync(KillTarget.Node, node.Name, node.Id, node.KillAsync, () => supervisor.StartAsync(node), away)
            : null;
    }

    private Task? BeginWithReceiver(KillTarget target, Moment moment, TimeSpan away)
    {
        var up = receivers.Where(receiver => receiver.Target == target && !_down.ContainsKey(receiver)).ToArray();
        return up.Length > 0 ? DownAsync(up[random.Next(up.Length)], moment, away) : null;
    }

    private async Task DownAsync(IStormReceiver receiver, Moment moment, TimeSpan away)
    {
        _down[receiver] = true;
        await AimAsync(receiver, moment);
        if (receiver.HasExited)
        {
            Faults.Enqueue($"{receiver.Name} ended by itself");
        }

        await DownAsync(receiver.Target, receiver.Name, receiver.Process, receiver.KillAsync, receiver.StartAsync, away);
        _down.TryRemove(receiver, out _);
    }

    private static async Task AimAsync(IStormReceiver receiver, Moment moment)
    {
        var time = TimeProvider.System;
        var wanted = moment == Moment.Begun ? ReceiptKind.Began : ReceiptKind.Has;
        for (var started = time.GetTimestamp(); moment != Moment.Any && receiver.Last?.Kind != wanted && time.GetElapsedTime(started) < LongestAim;)
        {
            await Task.Delay(Blink, time);
        }
    }

    private async Task DownAsync(KillTarget target, string name, int process, Func<Task> kill, Func<Task> start, TimeSpan away)
    {
        var from = TimeProvider.System.GetUtcNow();
        await kill();
        await Task.Delay(away, TimeProvider.System);
        await start();
        _outages.Enqueue(new Outage(target, name, process, from, TimeProvider.System.GetUtcNow()));
    }

    private enum Moment
    {
        Begun,
        Had,
        Any,
    }
}
