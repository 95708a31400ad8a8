namespace Reassembly.Core.Delivery;

/// <summary>Joins sessions and pump: a commit wakes the pump. It holds one wake-up at most, since the pump asks the store what there is.</summary>
public sealed class CommitSignal(IEnumerable<IDeliverySink> sinks) : ICommitListener, IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);

    public bool WantsDeliveries { get; } = sinks.Any();

    public void Committed(MessageKey key)
    {
        if (WantsDeliveries && _signal.CurrentCount == 0)
        {
            try
            {
                _signal.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else woke the pump between the look and the release.
            }
        }
    }

    /// <summary>Waits for a commit since the last wait.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _signal.WaitAsync(cancellationToken);

    public void Dispose() => _signal.Dispose();
}
