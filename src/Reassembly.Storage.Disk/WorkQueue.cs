namespace Reassembly.Storage.Disk;

/// <summary>Hands work to one thread, which takes all that waits at once. Two lists change places, so a queue at work allocates nothing.</summary>
internal sealed class WorkQueue<T>
{
    private readonly object _gate = new();
    private List<T> _waiting = [];
    private List<T> _taken = [];
    private bool _closed;

    /// <summary>Adds work; false once the queue is closed.</summary>
    public bool TryAdd(T item)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _waiting.Add(item);
            if (_waiting.Count == 1)
            {
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>Waits for work and takes all of it; null once the queue is closed and empty.</summary>
    /// <returns>A list that is the caller's until its next call.</returns>
    public List<T>? TakeAll()
    {
        _taken.Clear();
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_closed)
                {
                    return null;
                }

                Monitor.Wait(_gate);
            }

            (_waiting, _taken) = (_taken, _waiting);
        }

        return _taken;
    }

    /// <summary>No more work; what waits is still taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
