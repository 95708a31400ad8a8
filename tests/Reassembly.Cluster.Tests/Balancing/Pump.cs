using System.Net.Sockets;

namespace Reassembly.Cluster.Tests.Balancing;

/// <summary>Carries bytes in one direction of a connection, as well as it is let.</summary>
internal sealed class Pump(Socket from, Socket to)
{
    private const int BufferBytes = 32 * 1024;

    private volatile TaskCompletionSource? _held;
    private long _delayTicks;
    private long _left = long.MaxValue;

    /// <summary>Each read waits so long before it goes on.</summary>
    public TimeSpan Delay
    {
        set => Volatile.Write(ref _delayTicks, value.Ticks);
    }

    /// <summary>From here on nothing is carried, until <see cref="Release"/>.</summary>
    public void Hold() => _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        _held?.TrySetResult();
        _held = null;
        Delay = TimeSpan.Zero;
    }

    /// <summary>So many bytes more, and the connection breaks: in the middle of a frame as well as between two.</summary>
    public void BreakAfter(long bytes) => Volatile.Write(ref _left, bytes);

    /// <summary>Runs until the end of what comes.</summary>
    /// <exception cref="SocketException">The connection broke, by itself or as told.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = await from.ReceiveAsync(buffer, cancellationToken)) > 0)
        {
            if (_held is { } held)
            {
                await held.Task.WaitAsync(cancellationToken);
            }

            if (Volatile.Read(ref _delayTicks) is > 0 and var delay)
            {
                await Task.Delay(TimeSpan.FromTicks(delay), TimeProvider.System, cancellationToken);
            }

            var carried = (int)Math.Min(read, Volatile.Read(ref _left));
            for (var sent = 0; sent < carried;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, carried - sent), cancellationToken);
            }

            if (carried < read)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            if (Volatile.Read(ref _left) != long.MaxValue)
            {
                Interlocked.Add(ref _left, -carried);
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
