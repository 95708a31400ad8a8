namespace Reassembly.Edge.Receiving;

/// <summary>How many bytes of frames that are too big a connection may have read and thrown away: 4 × <c>frameBytes</c> a minute.</summary>
internal sealed class DiscardBudget(int frameBytes, TimeProvider time)
{
    private const int Frames = 4;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private long _windowBegan = time.GetTimestamp();
    private long _taken;

    /// <summary>Takes bytes from the budget of this minute; false, and nothing taken, where they do not fit.</summary>
    public bool TryTake(long bytes)
    {
        if (time.GetElapsedTime(_windowBegan) >= Window)
        {
            _windowBegan = time.GetTimestamp();
            _taken = 0;
        }

        if (bytes > ((long)Frames * frameBytes) - _taken)
        {
            return false;
        }

        _taken += bytes;
        return true;
    }
}
