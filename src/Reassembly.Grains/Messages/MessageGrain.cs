using Orleans.Concurrency;
using Orleans.Placement;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Grains.Serialization;
using Reassembly.Protocol.Control;
using ErrorCode = Reassembly.Protocol.Errors.ErrorCode;

namespace Reassembly.Grains.Messages;

/// <summary>
/// Brings calls to the session of its message on this silo, and adds nothing to them: the grain says where the message lives, the
/// session what happens to it. Placed where the first chunk came, so that the usual chunk makes no hop.
/// <para>It leaves when the message has ended or is not known; when Orleans takes it away before that, its session steps down
/// without a trace, and whoever is asked next goes on from the store.</para>
/// </summary>
[Reentrant]
[PreferLocalPlacement]
[CollectionAgeLimit(Minutes = 2)]
[GrainType("reassembly.message")]
internal sealed class MessageGrain : Grain, IMessageGrain
{
    private readonly InProcessMessageRouter _router;
    private readonly MessageKey _key;

    public MessageGrain(InProcessMessageRouter router)
    {
        _router = router;
        _key = MessageGrainKey.Parse(this.GetPrimaryKeyString());
    }

    public async Task<Receipt?> AppendAsync(ChunkBatch batch)
    {
        if (!batch.TryEnter())
        {
            return null;
        }

        try
        {
            return LeaveIfOver(await _router.AppendAsync(_key, batch.Chunks, CancellationToken.None));
        }
        finally
        {
            batch.Exit();
        }
    }

    public async Task<Receipt?> OpenAsync(OpenMessage open) => LeaveIfOver(await _router.OpenAsync(_key, open, CancellationToken.None));

    public async Task<Receipt?> StatusAsync() => LeaveIfOver(await _router.StatusAsync(_key, CancellationToken.None));

    public async Task<Receipt?> AbortAsync() => LeaveIfOver(await _router.AbortAsync(_key, CancellationToken.None));

    public async Task WakeAsync() => await _router.WakeAsync(_key, CancellationToken.None);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _router.ReleaseAsync(_key);

    private Receipt LeaveIfOver(Receipt receipt)
    {
        if (receipt.Outcome is not null || receipt.Errors is [{ Code: ErrorCode.UnknownMessage }])
        {
            DeactivateOnIdle();
        }

        return receipt;
    }
}
