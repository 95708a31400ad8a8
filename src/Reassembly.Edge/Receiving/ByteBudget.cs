using System.Runtime.CompilerServices;

namespace Reassembly.Edge.Receiving;

/// <summary>
/// So many bytes may be in use at once. Whoever does not fit waits in line; nobody overtakes. A request larger than the whole
/// budget is granted when nothing else is in use, so that no setting can stop a connection for good.
/// </summary>
internal sealed class ByteBudget(long capacity, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _line = new();
    private long _used;

    public long Used
    {
        get
        {
            lock (_gate)
            {
                return _used;
            }
        }
    }

    /// <summary>Takes bytes if they are free now and nobody waits for them.</summary>
    public bool TryTake(int bytes)
    {
        lock (_gate)
        {
            if (_line.Count > 0 || !Fits(bytes))
            {
                return false;
            }

            _used += bytes;
            return true;
        }
    }

    /// <summary>Counts bytes that are in use already, whatever is free.</summary>
    public void Take(int bytes)
    {
        lock (_gate)
        {
            _used += bytes;
        }
    }

    /// <summary>Takes bytes, waiting for them up to <paramref name="patience"/>.</summary>
    /// <returns>False when they did not become free in time; nothing is taken then.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> TakeAsync(int bytes, TimeSpan patience, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> place;
        lock (_gate)
        {
            if (_line.Count == 0 && Fits(bytes))
            {
                _used += bytes;
                return true;
            }

            place = _line.AddLast(new Waiter(bytes));
        }

        try
        {
            await place.Value.Granted.Task.WaitAsync(patience, time, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return !TryLeave(place);
        }
    }

    public void Return(int bytes)
    {
        lock (_gate)
        {
            _used -= bytes;
            ServeLine();
        }
    }

    /// <returns>False when the bytes were granted in the meantime.</returns>
    private bool TryLeave(LinkedListNode<Waiter> place)
    {
        lock (_gate)
        {
            if (place.List is null)
            {
                return false;
            }

            _line.Remove(place);
            ServeLine();
            return true;
        }
    }

    private void ServeLine()
    {
        while (_line.First is { } first && Fits(first.Value.Bytes))
        {
            _line.Remove(first);
            _used += first.Value.Bytes;
            first.Value.Granted.TrySetResult();
        }
    }

    private bool Fits(int bytes) => _used == 0 || _used + bytes <= capacity;

    private sealed class Waiter(int bytes)
    {
        public int Bytes { get; } = bytes;

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
