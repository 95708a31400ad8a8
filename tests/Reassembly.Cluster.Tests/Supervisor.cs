using System.Collections.Concurrent;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests;

/// <summary>
/// What an orchestrator is to nodes: one that ends because the others gave it up, or does not come up, is started again. Whoever does
/// something to a node takes it first, so that one thing at a time happens to it.
/// </summary>
internal sealed class Supervisor : IAsyncDisposable
{
    /// <summary>The last words of a silo that learns that the cluster goes on without it.</summary>
    private const string LastWords = "I have been told I am dead";

    private const int MostStarts = 20;

    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly HashSet<ClusterNode> _taken = [];
    private readonly NodeCluster _cluster;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private int _restarts;

    public Supervisor(NodeCluster cluster)
    {
        _cluster = cluster;
        _watching = Task.WhenAll(cluster.Nodes.Select(WatchAsync));
    }

    /// <summary>How often a node ended by itself because the others gave it up, or as it started without a database.</summary>
    public int Restarts => _restarts;

    /// <summary>When nodes ended by themselves and were up again: those of <see cref="Restarts"/> that were up before.</summary>
    public ConcurrentQueue<(ClusterNode Node, DateTimeOffset From, DateTimeOffset To)> Ends { get; } = new();

    /// <summary>Nodes that ended by themselves and should not have.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>Those that nothing is done to.</summary>
    public ClusterNode[] Free
    {
        get
        {
            lock (_gate)
            {
                return [.. _cluster.Nodes.Where(node => !_taken.Contains(node))];
            }
        }
    }

    public bool TryTake(ClusterNode node)
    {
        lock (_gate)
        {
            return _taken.Add(node);
        }
    }

    public void GiveBack(ClusterNode node)
    {
        lock (_gate)
        {
            _taken.Remove(node);
        }
    }

    /// <summary>
    /// Starts a node that was taken, and gives it back. A silo that others give up while it joins, or that finds no database to join in, ends
    /// and is started again; one that has not joined in time is ended first, as a start-up probe does.
    /// </summary>
    public async Task StartAsync(ClusterNode node)
    {
        for (var start = 1; ; start++)
        {
            try
            {
                await node.StartAsync();
                break;
            }
            catch (Exception exception) when (exception is InvalidOperationException or TimeoutException && node.Kind == NodeKind.Silo && start < MostStarts)
            {
                if (exception is TimeoutException)
                {
                    await node.KillAsync();
                }

                Interlocked.Increment(ref _restarts);
                await Task.Delay(RestartPause, TimeProvider.System);
            }
        }

        GiveBack(node);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(ClusterNode node)
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(Interval, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!TryTake(node))
            {
                continue;
            }

            if (!node.HasExited)
            {
                GiveBack(node);
                continue;
            }

            // Waits for its last lines, too.
            var code = await node.EndAsync();
            if (!node.Error.Concat(node.Output).Any(static line => line.Contains(LastWords, StringComparison.Ordinal)))
            {
                Faults.Enqueue($"{node.Name} ended by itself with exit code {code}");
            }

            Interlocked.Increment(ref _restarts);
            var seen = TimeProvider.System.GetUtcNow();
            await StartAsync(node);
            Ends.Enqueue((node, seen - Interval, TimeProvider.System.GetUtcNow()));
        }
    }
}
