using Microsoft.Extensions.Logging;
using Reassembly.Core.Storage;
using Reassembly.Storage.Files.Faults;

namespace Reassembly.Storage.Disk;

internal enum FaultKind
{
    Payload,
    Catalogue,
}

/// <summary>
/// Says that a part of the store fails, and that it works again; see <see cref="FaultState"/> for how often. A lost payload is said
/// once a file.
/// </summary>
internal sealed class FaultLog(ILogger logger, TimeProvider time, string path)
{
    private const int MaxLostPaths = 1024;

    private readonly FaultState[] _states = [new(time), new(time)];
    private readonly Lock _gate = new();
    private readonly HashSet<string> _lost = [];

    public void Fails(FaultKind kind, string fault, Exception exception)
    {
        if (_states[(int)kind].Fails())
        {
            DiskLog.Failing(logger, path, fault, exception);
        }
    }

    public void Works(FaultKind kind)
    {
        if (_states[(int)kind].Works())
        {
            DiskLog.Recovered(logger, path);
        }
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
}
