namespace Reassembly.Storage.Files.Faults;

/// <summary>
/// Whether a part of a store works, and whether that is worth a line: its failing is said once, its working again once, and at most
/// one such pair a minute where it goes to and fro.
/// </summary>
internal sealed class FaultState(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // Read without the lock where all is well, which is nearly always.
    private volatile bool _isFailing;
    private bool _wasSaid;
    private long? _lastSaid;

    /// <returns>Whether to say that it fails.</returns>
    public bool Fails()
    {
        lock (_gate)
        {
            if (_isFailing)
            {
                return false;
            }

            _isFailing = true;
            _wasSaid = _lastSaid is not { } last || time.GetElapsedTime(last) >= Interval;
            if (_wasSaid)
            {
                _lastSaid = time.GetTimestamp();
            }

            return _wasSaid;
        }
    }

    /// <returns>Whether to say that it works again.</returns>
    public bool Works()
    {
        if (!_isFailing)
        {
            return false;
        }

        lock (_gate)
        {
            var isOver = _isFailing;
            _isFailing = false;
            return isOver && _wasSaid;
        }
    }
}
