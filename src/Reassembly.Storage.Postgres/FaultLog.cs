using Microsoft.Extensions.Logging;

namespace Reassembly.Storage.Postgres;

/// <summary>Says once that writes fail, and once that they work again; and at most once a minute where that goes to and fro.</summary>
internal sealed class FaultLog(ILogger logger, TimeProvider time, string place)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // Read without the lock where all is well, which is nearly always.
    private volatile bool _isFailing;
    private bool _wasSaid;
    private long? _lastSaid;

    public void Fails(string fault, Exception exception)
    {
        lock (_gate)
        {
            if (_isFailing)
            {
                return;
            }

            _isFailing = true;
            _wasSaid = _lastSaid is not { } last || time.GetElapsedTime(last) >= Interval;
            if (!_wasSaid)
            {
                return;
            }

            _lastSaid = time.GetTimestamp();
        }

        PostgresLog.Failing(logger, place, fault, exception);
    }

    public void Works()
    {
        if (!_isFailing)
        {
            return;
        }

        lock (_gate)
        {
            if (!_isFailing)
            {
                return;
            }

            _isFailing = false;
            if (!_wasSaid)
            {
                return;
            }
        }

        PostgresLog.Recovered(logger, place);
    }
}
