using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests.Balancing;

/// <summary>
/// One address for all senders, as any load balancer of layer 4 gives it: each connection goes to a node at random, of those that did not
/// fail their last two probes of readiness; where all did, of all. A connection that is there stays where it is.
/// </summary>
internal sealed class LoadBalancer : IAsyncDisposable
{
    private const int ProbesToFail = 2;

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(250);

    private readonly Uri[] _nodes;
    private readonly int[] _failed;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<BalancedConnection, Task> _connections = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private readonly Task _running;

    public LoadBalancer(NodeCluster cluster)
        : this([.. cluster.Nodes.Select(static node => node.Http)])
    {
    }

    public LoadBalancer(IReadOnlyList<Uri> nodes)
    {
        _nodes = [.. nodes];
        _failed = new int[nodes.Count];
        _listener.Start();
        _running = Task.WhenAll(Enumerable.Range(0, _nodes.Length).Select(ProbeAsync).Append(AcceptAsync()));
    }

    public Uri Ws => new($"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/ws");

    /// <summary>Those that are open now.</summary>
    public IReadOnlyList<BalancedConnection> Connections => [.. _connections.Keys];

    /// <summary>Lets everything go that was held or delayed.</summary>
    public void ReleaseAll()
    {
        foreach (var connection in Connections)
        {
            connection.Up.Release();
            connection.Down.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        foreach (var (connection, _) in _connections)
        {
            connection.Cut();
        }

        await _running;
        await Task.WhenAll(_connections.Values);
        _listener.Dispose();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ForwardAsync(await _listener.AcceptSocketAsync(_stop.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or a sender that left before it was taken.
            }
        }
    }

    private async Task ForwardAsync(Socket sender)
    {
        foreach (var index in Candidates())
        {
            var node = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await node.ConnectAsync(_nodes[index].Host, _nodes[index].Port, _stop.Token);
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                node.Dispose();
                continue;
            }

            sender.NoDelay = true;
            using var connection = new BalancedConnection(sender, node, index);
            var running = connection.RunAsync();
            _connections[connection] = running;
            await running;
            _connections.TryRemove(connection, out _);
            return;
        }

        sender.LingerState = new LingerOption(true, 0);
        sender.Dispose();
    }

    private int[] Candidates()
    {
        var candidates = Enumerable.Range(0, _nodes.Length).Where(index => Volatile.Read(ref _failed[index]) < ProbesToFail).ToArray();
        candidates = candidates.Length > 0 ? candidates : [.. Enumerable.Range(0, _nodes.Length)];
        RandomNumberGenerator.Shuffle(candidates.AsSpan());
        return candidates;
    }

    private async Task ProbeAsync(int index)
    {
        while (!_stop.IsCancellationRequested)
        {
            Volatile.Write(ref _failed[index], await IsReadyAsync(index) ? 0 : _failed[index] + 1);

            await Task.Delay(ProbeInterval, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> IsReadyAsync(int index)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(_nodes[index], "/health/ready"), _stop.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
