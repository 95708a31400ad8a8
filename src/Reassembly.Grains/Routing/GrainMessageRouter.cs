using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Grains.Messages;
using Reassembly.Grains.Serialization;
using Reassembly.Protocol.Control;

namespace Reassembly.Grains.Routing;

/// <summary>
/// Routes to the grain of a message, wherever in the cluster it lives. Chunks that wait together travel together, in calls of a bounded size.
/// <para>The end of a message is not asked of its grain, where it would be a call that lasts as long as the message: every node hears
/// it from the store that all share.</para>
/// </summary>
internal sealed class GrainMessageRouter(IGrainFactory grains, GrainCalls calls, InProcessMessageRouter ownNode) : IMessageRouter
{
    public async ValueTask<Receipt> AppendAsync(MessageKey key, IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
    {
        var batches = BatchCutter.Cut(chunks);
        if (batches.Count == 1)
        {
            return await AppendAsync(key, batches[0], cancellationToken).ConfigureAwait(false);
        }

        // All at once: they gather in the session's mailbox, and one durable write serves them all. Offsets say where bytes belong.
        var receipts = await Task.WhenAll(batches.Select(batch => AppendAsync(key, batch, cancellationToken))).ConfigureAwait(false);
        return Receipts.Merge(receipts);
    }

    public async ValueTask<Receipt> OpenAsync(MessageKey key, OpenMessage open, CancellationToken cancellationToken)
        => await calls.CallAsync(key, () => Grain(key).OpenAsync(open), cancellationToken).ConfigureAwait(false);

    public async ValueTask<Receipt> StatusAsync(MessageKey key, CancellationToken cancellationToken)
        => await calls.CallAsync(key, Grain(key).StatusAsync, cancellationToken).ConfigureAwait(false);

    public async ValueTask<Receipt> AbortAsync(MessageKey key, CancellationToken cancellationToken)
        => await calls.CallAsync(key, Grain(key).AbortAsync, cancellationToken).ConfigureAwait(false);

    public Task<Receipt> WhenEndedAsync(MessageKey key, CancellationToken cancellationToken) => ownNode.WhenEndedAsync(key, cancellationToken);

    public async ValueTask WakeAsync(MessageKey key, CancellationToken cancellationToken)
    {
        try
        {
            await Grain(key).WakeAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not StoreException && !cancellationToken.IsCancellationRequested)
        {
            throw new StoreException($"The owner of {key} could not be woken: {failure.Message}", failure);
        }
    }

    private async Task<Receipt> AppendAsync(MessageKey key, ChunkBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await calls.CallAsync(key, () => Grain(key).AppendAsync(batch), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // An attempt that was given up may still be under way somewhere: the memory is the caller's only when nobody holds it.
            await batch.CloseAsync().ConfigureAwait(false);
        }
    }

    private IMessageGrain Grain(MessageKey key) => grains.GetGrain<IMessageGrain>(MessageGrainKey.Format(key));
}
