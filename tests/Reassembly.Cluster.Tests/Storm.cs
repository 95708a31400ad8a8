using System.Collections.Concurrent;
using Reassembly.Cluster.Tests.Balancing;
using Reassembly.Cluster.Tests.Scenarios;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests;

/// <summary>
/// Disturbs a cluster as a scenario says, in an order that follows from the seed. Disturbances overlap; one node at least is left alone,
/// and the database has one trouble at a time.
/// </summary>
internal sealed class Storm(NodeCluster cluster, Supervisor supervisor, LoadBalancer balancer, Scenario scenario, Random random)
{
    private const int LongestSlowReadMs = 250;
    private const int MostBytesBeforeBreak = 300_000;

    private readonly List<Task> _repairs = [];
    private readonly ConcurrentDictionary<Disturbance, int> _done = new();
    private Task _database = Task.CompletedTask;

    /// <summary>What a node did that it must not do.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    public string Summary => string.Join(", ", _done.OrderBy(done => done.Key).Select(done => $"{done.Value} {done.Key}"));

    /// <summary>Rages until the kills are done; then puts everything right.</summary>
    public async Task RunAsync(int kills)
    {
        while (_done.GetValueOrDefault(Disturbance.Kill) < kills)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(scenario.LongestPauseMs)), TimeProvider.System);
            var disturbance = scenario.Draw(random);
            if (Begin(disturbance) is { } repair)
            {
                _done.AddOrUpdate(disturbance, 1, static (_, count) => count + 1);
                _repairs.Add(repair);
            }

            await ThrowFailedAsync();
        }

        await Task.WhenAll(_repairs);
        balancer.ReleaseAll();
        await cluster.ReadyAsync();
    }

    /// <summary>Does one thing.</summary>
    /// <returns>The task that puts it right; null where it cannot be done now.</returns>
    private Task? Begin(Disturbance disturbance) => disturbance switch
    {
        Disturbance.Kill or Disturbance.Freeze or Disturbance.Terminate => BeginWithNode(disturbance),
        Disturbance.DatabaseStop or Disturbance.DatabaseKill or Disturbance.DatabaseFreeze => BeginWithDatabase(disturbance),
        _ => BeginWithLink(disturbance),
    };

    private Task? BeginWithNode(Disturbance disturbance)
    {
        var free = supervisor.Free;
        if (free.Length < 2)
        {
            return null;
        }

        var node = free[random.Next(free.Length)];
        if (!supervisor.TryTake(node))
        {
            return null;
        }

        return disturbance switch
        {
            Disturbance.Kill => KillAsync(node, scenario.RestartMs.Draw(random)),
            Disturbance.Freeze => FreezeAsync(node, scenario.FreezeMs.Draw(random)),
            _ => TerminateAsync(node),
        };
    }

    private async Task KillAsync(ClusterNode node, TimeSpan away)
    {
        await node.KillAsync();
        await Task.Delay(away, TimeProvider.System);
        await supervisor.StartAsync(node);
    }

    private async Task FreezeAsync(ClusterNode node, TimeSpan frozen)
    {
        node.Freeze();
        await Task.Delay(frozen, TimeProvider.System);
        node.Thaw();
        supervisor.GiveBack(node);
    }

    private async Task TerminateAsync(ClusterNode node)
    {
        node.Terminate();
        var code = await node.EndAsync();
        if (code != 0)
        {
            Faults.Enqueue($"{node.Name} was asked to end and ended with exit code {code}");
        }

        await supervisor.StartAsync(node);
    }

    private Task? BeginWithDatabase(Disturbance disturbance)
    {
        if (!_database.IsCompleted)
        {
            return null;
        }

        var away = scenario.OutageMs.Draw(random);
        var postgres = cluster.Postgres;
        return _database = disturbance switch
        {
            Disturbance.DatabaseStop => OutageAsync(postgres.StopAsync, postgres.StartAsync, away),
            Disturbance.DatabaseKill => OutageAsync(postgres.KillAsync, postgres.StartAsync, away),
            _ => OutageAsync(postgres.PauseAsync, postgres.ResumeAsync, away),
        };
    }

    private static async Task OutageAsync(Func<Task> begin, Func<Task> end, TimeSpan away)
    {
        await begin();
        await Task.Delay(away, TimeProvider.System);
        await end();
    }

    private Task? BeginWithLink(Disturbance disturbance)
    {
        var connections = balancer.Connections;
        if (connections.Count == 0)
        {
            return null;
        }

        var connection = connections[random.Next(connections.Count)];
        var pump = random.Next(2) == 0 ? connection.Up : connection.Down;
        var time = scenario.LinkMs.Draw(random);
        switch (disturbance)
        {
            case Disturbance.Cut:
                pump.BreakAfter(random.Next(MostBytesBeforeBreak));
                return Task.CompletedTask;
            case Disturbance.Delay:
                pump.Delay = TimeSpan.FromMilliseconds(random.Next(1, LongestSlowReadMs));
                return AfterAsync(time, pump.Release);
            case Disturbance.BlackHole:
                connection.Up.Hold();
                connection.Down.Hold();
                return AfterAsync(time, connection.Cut);
            default:
                pump.Hold();
                return AfterAsync(time, pump.Release);
        }
    }

    private static async Task AfterAsync(TimeSpan time, Action action)
    {
        await Task.Delay(time, TimeProvider.System);
        action();
    }

    private async Task ThrowFailedAsync()
    {
        foreach (var over in _repairs.FindAll(repair => repair.IsCompleted))
        {
            _repairs.Remove(over);
            await over;
        }
    }
}
