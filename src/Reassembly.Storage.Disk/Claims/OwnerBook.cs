using System.Collections.Concurrent;
using Reassembly.Core;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Disk.Claims;

/// <summary>
/// Who may write which message. The folder is this process's alone, so claims live in memory and cost no transaction; an epoch
/// reaches the catalogue with the first write. Epochs are one growing number for all messages, above every number that an earlier
/// start gave out. A message that ended has no entry: every write of it is stale.
/// <para>A claim raises the epoch first, so that what has not begun is refused, and then waits until the writes under way have
/// completed or failed: bytes of an older owner never move under a newer one.</para>
/// </summary>
internal sealed class OwnerBook(long generation)
{
    // Claims that nothing was written under are forgotten, oldest first, beyond this many: to be forgotten is to be fenced.
    internal const int MaxUnwritten = 16_384;

    private const int GenerationShift = 40;

    private readonly ConcurrentDictionary<MessageKey, Owner> _owners = new();

    // Not the owners: nearly all are written and gone by the time their turn comes, and would be kept until then.
    private readonly ConcurrentQueue<(MessageKey Key, long Epoch)> _unwritten = new();
    private long _lastEpoch = generation << GenerationShift;

    public int Count => _owners.Count;

    /// <summary>Takes a message over and waits for the writes of earlier owners.</summary>
    /// <returns>The owner and the epoch of this claim.</returns>
    public async ValueTask<(Owner Owner, long Epoch)> TakeOverAsync(MessageKey key, CancellationToken cancellationToken)
    {
        while (true)
        {
            var owner = _owners.GetOrAdd(key, static key => new Owner(key));
            long epoch;
            Task drained;
            lock (owner)
            {
                if (owner.Gone)
                {
                    continue;
                }

                epoch = Interlocked.Increment(ref _lastEpoch);
                owner.Epoch = epoch;
                drained = owner.InFlight == 0 ? Task.CompletedTask : (owner.Drained ??= NewSignal()).Task;
            }

            if (drained.IsCompleted)
            {
                return (owner, epoch);
            }

            await drained.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (owner)
            {
                if (!owner.Gone)
                {
                    return (owner, epoch);
                }
            }
        }
    }

    /// <summary>Notes what a claim found in the catalogue, unless a newer claim is at it.</summary>
    public void Remember(Owner owner, long epoch, MessageRecord? record, long storedBytes)
    {
        lock (owner)
        {
            if (owner.Gone || owner.Epoch != epoch)
            {
                return;
            }

            if (record?.Outcome is not null)
            {
                Forget(owner);
                return;
            }

            if (record is not null)
            {
                owner.Remember(record, storedBytes);
                return;
            }
        }

        _unwritten.Enqueue((owner.Key, epoch));
        if (_unwritten.Count > MaxUnwritten && _unwritten.TryDequeue(out var oldest) && _owners.TryGetValue(oldest.Key, out var unwritten))
        {
            lock (unwritten)
            {
                if (!unwritten.Gone && unwritten.Epoch == oldest.Epoch && !unwritten.HasRow && unwritten.InFlight == 0)
                {
                    Forget(unwritten);
                }
            }
        }
    }

    /// <summary>Begins a write; <see cref="Leave"/> must follow.</summary>
    /// <exception cref="FencedException">The epoch is not the newest.</exception>
    public Owner Enter(MessageKey key, long epoch)
    {
        if (_owners.TryGetValue(key, out var owner))
        {
            lock (owner)
            {
                if (!owner.Gone && owner.Epoch == epoch)
                {
                    owner.InFlight++;
                    return owner;
                }
            }
        }

        throw new FencedException(key, epoch);
    }

    /// <summary>Keeps claims of a message waiting while its files are removed; <see cref="Leave"/> must follow.</summary>
    public Owner Hold(MessageKey key)
    {
        while (true)
        {
            var owner = _owners.GetOrAdd(key, static key => new Owner(key));
            lock (owner)
            {
                if (!owner.Gone)
                {
                    owner.Epoch = Interlocked.Increment(ref _lastEpoch);
                    owner.InFlight++;
                    return owner;
                }
            }
        }
    }

    public void Leave(Owner owner, bool ended)
    {
        lock (owner)
        {
            owner.InFlight--;
            if (ended)
            {
                Forget(owner);
            }

            if (owner.InFlight == 0)
            {
                owner.Drained?.SetResult();
                owner.Drained = null;
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Forget(Owner owner)
    {
        owner.Gone = true;
        _owners.TryRemove(new KeyValuePair<MessageKey, Owner>(owner.Key, owner));
    }
}
