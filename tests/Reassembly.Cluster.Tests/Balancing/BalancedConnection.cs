using System.Net.Sockets;

namespace Reassembly.Cluster.Tests.Balancing;

/// <summary>One sender's connection and its other half to a node, with everything that a network may do to it.</summary>
internal sealed class BalancedConnection(Socket sender, Socket node, int nodeIndex) : IDisposable
{
    private readonly CancellationTokenSource _cut = new();

    /// <summary>From the sender to the node.</summary>
    public Pump Up { get; } = new(sender, node);

    /// <summary>From the node to the sender.</summary>
    public Pump Down { get; } = new(node, sender);

    /// <summary>Which node it leads to.</summary>
    public int NodeIndex => nodeIndex;

    /// <summary>Resets both halves at once.</summary>
    public void Cut()
    {
        try
        {
            _cut.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Carries bytes until one side ends or breaks; then both do, in the same way.</summary>
    public async Task RunAsync()
    {
        var up = Up.RunAsync(_cut.Token);
        var down = Down.RunAsync(_cut.Token);
        try
        {
            await await Task.WhenAny(up, down);
            await Task.WhenAll(up, down);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            sender.LingerState = new LingerOption(true, 0);
            node.LingerState = new LingerOption(true, 0);
        }
        finally
        {
            await _cut.CancelAsync();
            sender.Dispose();
            node.Dispose();
            await Task.WhenAll(up, down).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        _cut.Dispose();
        sender.Dispose();
        node.Dispose();
    }
}
