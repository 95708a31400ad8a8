using System.Runtime.CompilerServices;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Postgres.Claims;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Postgres;

public sealed class ClaimBookTests
{
    private readonly ClaimBook _book = new();

    [Fact]
    public void Claims_that_nothing_was_written_under_are_forgotten_oldest_first_and_no_others()
    {
        var recorded = NewClaim(NewKey(), 1, epoch: 1);
        var claimedAgain = NewClaim(NewKey(), 2, epoch: 1);
        var oldest = NewClaim(NewKey(), 3, epoch: 1);
        var next = NewClaim(NewKey(), 4, epoch: 1);
        foreach (var claim in new[] { recorded, claimedAgain, oldest, next })
        {
            Assert.True(_book.TryAdd(claim));
        }

        recorded.Remember(Record(new ByteRange(0, 10)), storedBytes: 10);
        var newer = NewClaim(claimedAgain.Key, 2, epoch: 2);
        Assert.True(_book.TryAdd(newer));

        // Five are in line: with this many more, the first three of them have had their turn.
        for (var index = 0; index < ClaimBook.MaxUnwritten - 2; index++)
        {
            Assert.True(_book.TryAdd(NewClaim(NewKey(), 5 + index, epoch: 1)));
        }

        Assert.Same(recorded, _book.Enter(recorded.Key, 1));
        Assert.Same(newer, _book.Enter(newer.Key, 2));
        Assert.Throws<FencedException>(() => _book.Enter(oldest.Key, 1));
        Assert.Same(next, _book.Enter(next.Key, 1));
    }

    [Fact]
    public void A_claim_that_ended_is_not_held_on_to()
    {
        var forgotten = ForgetNewClaim();
        GC.Collect();

        Assert.False(forgotten.IsAlive);
        GC.KeepAlive(_book);
    }

    // Not inlined, so that no local of the test keeps the claim.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference ForgetNewClaim()
    {
        var claim = NewClaim(NewKey(), 1, epoch: 1);
        Assert.True(_book.TryAdd(claim));
        _book.Forget(claim);
        return new WeakReference(claim);
    }

    private static Claim NewClaim(MessageKey key, long no, long epoch) => new(key, no, epoch, owner: 1);
}
