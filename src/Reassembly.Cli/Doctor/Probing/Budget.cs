using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Doctor.Probing;

/// <summary>What the examination of one address may cost, over all its trials.</summary>
internal sealed class Budget(Traffic traffic, TimeProvider clock, int maxSize, TimeSpan timeout)
{
    private const int MaxTrials = 100;

    private readonly long _started = clock.GetTimestamp();

    /// <summary>Bytes in both directions.</summary>
    public long MaxBytes { get; } = Math.Max(8L << 20, 16L * maxSize);

    public TimeSpan MaxTime { get; } = timeout * 12;

    public int Trials { get; private set; }

    public TimeSpan Spent => clock.GetElapsedTime(_started);

    /// <summary>Whether something was left undone because it would have cost too much.</summary>
    public bool IsExceeded { get; private set; }

    public bool TryTake(int size)
    {
        if (Trials >= MaxTrials || traffic.Sent + traffic.Received + size > MaxBytes || Spent > MaxTime)
        {
            IsExceeded = true;
            return false;
        }

        Trials++;
        return true;
    }
}
