using System.Collections.Concurrent;
using Reassembly.Core;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres.Claims;

/// <summary>
/// The claims of this node. It refuses early what the database would refuse, and knows what the database cannot: whose last write is in
/// doubt. What is true is decided by the database, where every write names the epoch and the owner of its claim.
/// </summary>
internal sealed class ClaimBook
{
    // Claims that nothing was written under are forgotten, oldest first, beyond this many: to be forgotten is to be fenced.
    internal const int MaxUnwritten = 16_384;

    private readonly ConcurrentDictionary<MessageKey, Claim> _claims = new();

    // Not the claims: nearly all are written and gone by the time their turn comes, and would be kept until then.
    private readonly ConcurrentQueue<(MessageKey Key, long No, long Epoch)> _unwritten = new();

    /// <summary>Enters a claim, unless a newer one of the same message is there.</summary>
    /// <returns>
    /// Whether it was entered. One that is no newer than the claim before lost a race with it, or comes from a database that lost that one
    /// in a crash: claim again.
    /// </returns>
    public bool TryAdd(Claim claim)
    {
        while (true)
        {
            if (_claims.TryGetValue(claim.Key, out var other))
            {
                if (other.No == claim.No && other.Epoch >= claim.Epoch)
                {
                    // Forgotten as well: which of the two the database holds is found by claiming again.
                    Forget(other);
                    return false;
                }

                if (!_claims.TryUpdate(claim.Key, claim, other))
                {
                    continue;
                }
            }
            else if (!_claims.TryAdd(claim.Key, claim))
            {
                continue;
            }

            break;
        }

        if (!claim.IsRecorded)
        {
            _unwritten.Enqueue((claim.Key, claim.No, claim.Epoch));
            if (_unwritten.Count > MaxUnwritten
                && _unwritten.TryDequeue(out var oldest)
                && _claims.TryGetValue(oldest.Key, out var unwritten)
                && (unwritten.No, unwritten.Epoch) == (oldest.No, oldest.Epoch)
                && !unwritten.IsRecorded)
            {
                Forget(unwritten);
            }
        }

        return true;
    }

    /// <exception cref="FencedException">The epoch is not this node's newest, or its last write is in doubt.</exception>
    public Claim Enter(MessageKey key, long epoch)
        => _claims.TryGetValue(key, out var claim) && claim.Epoch == epoch && !claim.IsDoubtful ? claim : throw new FencedException(key, epoch);

    public void Forget(Claim claim) => _claims.TryRemove(new KeyValuePair<MessageKey, Claim>(claim.Key, claim));

    /// <summary>Anything may have been claimed by other nodes: every owner here is to claim anew.</summary>
    public void ForgetAll() => _claims.Clear();

    /// <summary>Another node claimed the message.</summary>
    public void ForgetBelow(MessageKey key, long epoch)
    {
        if (_claims.TryGetValue(key, out var claim) && claim.Epoch < epoch)
        {
            Forget(claim);
        }
    }
}
