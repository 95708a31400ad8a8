using Reassembly.Core.Storage;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>What the store holds: counted at the start, then kept by the thread that commits.</summary>
internal sealed class UsageCounter(StoreUsage atStart)
{
    private int _openMessages = atStart.OpenMessages;
    private long _payloadBytes = atStart.PayloadBytes;

    public StoreUsage Current => new(Volatile.Read(ref _openMessages), Volatile.Read(ref _payloadBytes));

    public void Add(int openMessages, long payloadBytes)
    {
        Volatile.Write(ref _openMessages, _openMessages + openMessages);
        Volatile.Write(ref _payloadBytes, _payloadBytes + payloadBytes);
    }
}
