namespace Reassembly.Core.Limits;

/// <summary>
/// The bytes of payload this node may store. What is accepted counts at once; what the store really holds replaces the count
/// whenever the sweeper has asked it.
/// </summary>
public sealed class StorageQuota(long maxBytes)
{
    private long _used;

    /// <summary>Most bytes; 0 for as much as the disk takes.</summary>
    public long MaxBytes { get; } = maxBytes;

    public long UsedBytes => Interlocked.Read(ref _used);

    /// <summary>Counts bytes that are about to be stored, unless they would not fit.</summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= MaxBytes || MaxBytes == 0)
        {
            return true;
        }

        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <summary>Gives back what was reserved and not stored.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _used, -bytes);

    /// <summary>Replaces the count by what the store says it holds.</summary>
    public void Refresh(long storedBytes) => Interlocked.Exchange(ref _used, storedBytes);
}
