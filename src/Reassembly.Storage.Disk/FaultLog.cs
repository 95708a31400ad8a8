using Microsoft.Extensions.Logging;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Disk;

internal enum FaultKind
{
    Payload,
    Catalogue,
}

/// <summary>
/// Says once that a part of the store fails, and once that it works again; a disk that goes in and out of being full says so at
/// most once a minute. A lost payload is said once a file.
/// </summary>
internal sealed class FaultLog(ILogger logger, TimeProvider time, string path)
{
    private const int MaxLostPaths = 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private readonly State[] _states = [new(), new()];
    private readonly HashSet<string> _lost = [];

    public void Fails(FaultKind kind, string fault, Exception exception)
    {
        var state = _states[(int)kind];
        lock (_gate)
        {
            if (state.Failing)
            {
                return;
            }

            state.Failing = true;
            state.Said = state.LastSaid is not { } last || time.GetElapsedTime(last) >= Interval;
            if (!state.Said)
            {
                return;
            }

            state.LastSaid = time.GetTimestamp();
        }

        DiskLog.Failing(logger, path, fault, exception);
    }

    public void Works(FaultKind kind)
    {
        var state = _states[(int)kind];
        if (!state.Failing)
        {
            return;
        }

        lock (_gate)
        {
            if (!state.Failing)
            {
                return;
            }

            state.Failing = false;
            if (!state.Said)
            {
                return;
            }
        }

        DiskLog.Recovered(logger, path);
    }

    /// <summary>A payload file that the catalogue knows is not there.</summary>
    /// <returns>The exception to throw.</returns>
    public StoreException Lost(string payloadPath)
    {
        var fault = $"the payload file {payloadPath} is gone: somebody removed it";
        bool isNew;
        lock (_gate)
        {
            if (_lost.Count >= MaxLostPaths)
            {
                _lost.Clear();
            }

            isNew = _lost.Add(payloadPath);
        }

        if (isNew)
        {
            DiskLog.PayloadLost(logger, fault);
        }

        return new StoreException(fault);
    }

    private sealed class State
    {
        // Read without the lock where all is well, which is nearly always.
        private volatile bool _failing;

        public bool Failing
        {
            get => _failing;
            set => _failing = value;
        }

        public bool Said { get; set; }

        public long? LastSaid { get; set; }
    }
}
