namespace Reassembly.Core.Limits;

/// <summary>
/// The bytes of payload this node may store: those that the store held when it was asked last, those that became durable since, and those on their way.
/// Every reservation ends as <see cref="Stored"/> or <see cref="Release"/>.
/// </summary>
/// <param name="maxBytes">Most bytes; 0 for as much as the disk takes.</param>
public sealed class StorageQuota(long maxBytes)
{
    private readonly Lock _gate = new();
    private long _held;
    private long _pending;
    private long _madeDurable;

    /// <summary>Most bytes; 0 for as much as the disk takes.</summary>
    public long MaxBytes { get; } = maxBytes;

    public long UsedBytes
    {
        get
        {
            lock (_gate)
            {
                return _held + _pending;
            }
        }
    }

    /// <summary>Counts bytes that are about to be stored, unless they would not fit.</summary>
    public bool TryReserve(long bytes)
    {
        lock (_gate)
        {
            if (MaxBytes != 0 && _held + _pending + bytes > MaxBytes)
            {
                return false;
            }

            _pending += bytes;
            return true;
        }
    }

    /// <summary>What was reserved is durable now.</summary>
    public void Stored(long bytes)
    {
        lock (_gate)
        {
            _pending -= bytes;
            _held += bytes;
            _madeDurable += bytes;
        }
    }

    /// <summary>Gives back what was reserved and not stored.</summary>
    public void Release(long bytes)
    {
        lock (_gate)
        {
            _pending -= bytes;
        }
    }

    /// <summary>Asks the store what it holds. What becomes durable meanwhile may be in its answer or not, and is counted beside it until it is asked again.</summary>
    /// <exception cref="Storage.StoreException">It cannot say; the count stays as it is.</exception>
    public async ValueTask RefreshAsync(Func<ValueTask<long>> ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        long before;
        lock (_gate)
        {
            before = _madeDurable;
        }

        var held = await ask().ConfigureAwait(false);
        lock (_gate)
        {
            _held = held + _madeDurable - before;
        }
    }
}
