using Reassembly.Protocol;

namespace Reassembly.Benchmarks.Load;

/// <summary>What the server has said of one message so far. Connections that carry parts of the same message share it.</summary>
/// <param name="id">The message.</param>
/// <param name="credit">How many bytes may be sent before anything was said.</param>
/// <param name="ended">Called once, when it is committed.</param>
internal sealed class Upload(MessageId id, long credit, Action<Upload>? ended = null)
{
    private readonly TaskCompletionSource _acked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _committed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _credit = credit;

    public MessageId Id => id;

    /// <summary>Completes with the first ack, or with the outcome.</summary>
    public Task Acked => _acked.Task;

    /// <summary>Completes when the message is committed.</summary>
    public Task Committed => _committed.Task;

    /// <summary>Waits until bytes below an offset may be sent.</summary>
    public async ValueTask WaitForCreditAsync(long offset)
    {
        while (true)
        {
            // Before the look: what is said between the two is not missed.
            var news = Volatile.Read(ref _news).Task;
            if (offset <= Volatile.Read(ref _credit) || _committed.Task.IsCompleted)
            {
                return;
            }

            await news;
        }
    }

    public void Ack(long credit)
    {
        long known;
        while (credit > (known = Volatile.Read(ref _credit)) && Interlocked.CompareExchange(ref _credit, credit, known) != known)
        {
        }

        _acked.TrySetResult();
        Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    public void Commit()
    {
        if (_committed.TrySetResult())
        {
            ended?.Invoke(this);
            _acked.TrySetResult();
            Volatile.Read(ref _news).TrySetResult();
        }
    }

    /// <summary>Nothing more will be said: whoever waits fails.</summary>
    public void Fail(Exception exception)
    {
        _committed.TrySetException(exception);
        _acked.TrySetException(exception);
        Volatile.Read(ref _news).TrySetException(exception);
    }
}
