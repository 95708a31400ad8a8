using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Storage.Disk.Claims;

/// <summary>
/// What is kept in memory of a claimed message: the epoch that may write, and what of it is in the catalogue. Fields of the
/// first kind change under a lock on the owner; those of the second only where no other write is under way: on the thread
/// that commits, and in a claim that has waited for all writes.
/// </summary>
internal sealed class Owner(MessageKey key)
{
    private long _epoch;

    public MessageKey Key { get; } = key;

    /// <summary>The newest claim. Read without the lock to fence early; what decides is that a claim waits for the writes under way.</summary>
    public long Epoch
    {
        get => Volatile.Read(ref _epoch);
        set => Volatile.Write(ref _epoch, value);
    }

    public int InFlight { get; set; }

    public TaskCompletionSource? Drained { get; set; }

    /// <summary>No longer in the book: whoever got hold of this asks the book again.</summary>
    public bool Gone { get; set; }

    public bool HasRow { get; set; }

    /// <summary>The catalogue calls bytes of it durable, so there is a file.</summary>
    public bool HasFile { get; set; }

    /// <summary>Durable bytes.</summary>
    public long StoredBytes { get; set; }

    /// <summary>The description in the catalogue, by reference, so that it is not written again with each write.</summary>
    public OpenMessage? Open { get; set; }

    public void Remember(MessageRecord record, long storedBytes)
    {
        HasRow = true;
        HasFile = storedBytes > 0;
        StoredBytes = storedBytes;
        Open = record.Open;
    }
}
