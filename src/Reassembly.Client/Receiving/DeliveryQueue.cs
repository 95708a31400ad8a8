namespace Reassembly.Client.Receiving;

/// <summary>Deliveries that have begun and wait to be handed out, in the order in which they came. One taker at a time.</summary>
internal sealed class DeliveryQueue
{
    private readonly Lock _gate = new();
    private readonly List<Delivery> _waiting = [];
    private TaskCompletionSource? _taker;
    private Exception? _failure;

    /// <summary>Whether somebody waits for the next delivery and none is there. A taker that was woken, and has yet to come for its own, does not count.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_gate)
            {
                return _taker is not null && _waiting.Count == 0;
            }
        }
    }

    public void Add(Delivery delivery)
    {
        lock (_gate)
        {
            _waiting.Add(delivery);
            _taker?.TrySetResult();
        }
    }

    /// <summary>Takes back what was lost before anybody saw it: it comes again by itself.</summary>
    /// <returns>Whether nobody saw it.</returns>
    public bool Remove(Delivery delivery)
    {
        lock (_gate)
        {
            return _waiting.Remove(delivery);
        }
    }

    /// <summary>No more will come; the first reason counts.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            _taker?.TrySetResult();
        }
    }

    public async ValueTask<Delivery> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task arrival;
            lock (_gate)
            {
                if (_failure is not null)
                {
                    throw _failure;
                }

                if (_waiting.Count > 0)
                {
                    var first = _waiting[0];
                    _waiting.RemoveAt(0);
                    return first;
                }

                _taker = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrival = _taker.Task;
            }

            try
            {
                await arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                lock (_gate)
                {
                    _taker = null;
                }
            }
        }
    }
}
