using System.Net.WebSockets;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Load;

/// <summary>
/// One endless message at a steady pace, from a sender that goes on at another node as soon as it notices that its own is gone. It
/// notes when the next byte becomes durable after that, and how much it had to send again.
/// </summary>
internal sealed class SteadyUpload(IReadOnlyList<Uri> nodes, Random random)
{
    private const int ChunkBytes = 16 * 1024;
    private const int WindowBytes = 256 * 1024;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly MessageId _id = MessageId.NewVersion7(TimeProvider.System.GetUtcNow());
    private readonly byte[] _payload = new byte[ChunkBytes];
    private long _sent;
    private long _acked;
    private long _lostAt;
    private int _goal = -1;
    private Peer? _current;
    private Peer? _lost;
    private TaskCompletionSource<Resumption> _resumed = new();

    /// <summary>Which node it talks to; -1 while to none.</summary>
    public int Node { get; private set; } = -1;

    /// <summary>Whether something is durable, and the sender is connected.</summary>
    public bool Flows => Node >= 0 && Volatile.Read(ref _acked) > 0;

    /// <summary>Goes over to a node and stays there, until its loss is expected.</summary>
    public void GoTo(int node) => Volatile.Write(ref _goal, node);

    /// <summary>Its node is about to be killed: completes with the next byte that becomes durable after that.</summary>
    public Task<Resumption> ExpectLoss()
    {
        lock (_gate)
        {
            _resumed = new TaskCompletionSource<Resumption>(TaskCreationOptions.RunContinuationsAsynchronously);
            _lostAt = TimeProvider.System.GetTimestamp();
            _lost = _current;
            Volatile.Write(ref _goal, -1);
            return _resumed.Task;
        }
    }

    public async Task RunAsync(int firstNode, CancellationToken stop)
    {
        for (var node = firstNode; !stop.IsCancellationRequested; node = Volatile.Read(ref _goal) is >= 0 and var goal ? goal : (node + random.Next(1, nodes.Count)) % nodes.Count)
        {
            try
            {
                using var peer = await Peer.ConnectAsync(nodes[node], ConnectPatience);
                await ServeAsync(peer, node, stop);
            }
            catch (Exception exception) when (exception is WebSocketException or TimeoutException or InvalidOperationException or OperationCanceledException)
            {
                Node = -1;
                await Task.Delay(BetweenAttempts, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private async Task ServeAsync(Peer peer, int node, CancellationToken stop)
    {
        var connected = SinceLoss();
        var again = 0L;
        var unacked = _sent - _acked;
        if (_sent > 0)
        {
            await peer.SendAsync(new StatusMessage { Id = _id });
            var status = await peer.ReceiveAsync<ServerMessage>(answer => answer is AckMessage or ErrorMessage or OutcomeMessage) as AckMessage
                ?? throw new InvalidOperationException("the message is not open any more");
            again = _sent - status.Durable;
            _sent = status.Durable;
            _acked = Math.Max(_acked, status.Durable);
        }

        var answered = SinceLoss();
        var before = _acked;
        var reading = Task.Run(() => ReadAsync(peer, before, new Resumption(connected, answered, default, again, unacked)), CancellationToken.None);
        _current = peer;
        Node = node;
        while (!stop.IsCancellationRequested && !reading.IsCompleted && (Volatile.Read(ref _goal) is var goal && (goal < 0 || goal == node)))
        {
            if (_sent - Volatile.Read(ref _acked) < WindowBytes)
            {
                await peer.SendAsync(Peer.Chunk(_id, _sent, _payload, sequence: (uint)(_sent / ChunkBytes)));
                _sent += ChunkBytes;
            }

            await Task.WhenAny(reading, Task.Delay(Pace, TimeProvider.System, CancellationToken.None));
        }

        if (reading.IsCompleted)
        {
            await reading;
        }

        Node = -1;
    }

    private async Task ReadAsync(Peer peer, long before, Resumption resumption)
    {
        while (true)
        {
            var ack = await peer.ReceiveAsync<AckMessage>();
            if (ack.Durable <= before)
            {
                continue;
            }

            Volatile.Write(ref _acked, ack.Durable);
            lock (_gate)
            {
                if (_lostAt != 0 && peer != _lost)
                {
                    _resumed.TrySetResult(resumption with { Acked = SinceLoss() });
                    _lostAt = 0;
                }
            }
        }
    }

    private TimeSpan SinceLoss() => TimeProvider.System.GetElapsedTime(Volatile.Read(ref _lostAt));

    /// <summary>How a sender went on; times from the kill.</summary>
    /// <param name="Connected">To its welcome at another node.</param>
    /// <param name="Answered">To the answer to its first question there.</param>
    /// <param name="Acked">To its next durable byte.</param>
    /// <param name="Again">Bytes sent again.</param>
    /// <param name="Unacked">Bytes that were sent and not acked when the connection was lost.</param>
    internal sealed record Resumption(TimeSpan Connected, TimeSpan Answered, TimeSpan Acked, long Again, long Unacked);
}
