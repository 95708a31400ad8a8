namespace Reassembly.Core.Limits;

/// <summary>
/// Counts the open messages of a node against <c>openMessages</c>: those it found in its store, and those begun since; where nodes
/// share a store, those that it owns.
/// </summary>
public sealed class OpenMessageGate(int maxOpen)
{
    private int _open;

    public int MaxOpen { get; } = maxOpen;

    public int Open => Volatile.Read(ref _open);

    /// <summary>What was open before, here or on another node; they count even where they are more than the limit.</summary>
    public void Load(int open) => Interlocked.Add(ref _open, open);

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= MaxOpen)
        {
            return true;
        }

        Interlocked.Decrement(ref _open);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
