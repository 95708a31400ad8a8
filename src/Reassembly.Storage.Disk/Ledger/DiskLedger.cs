using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Storage.Disk.Catalogue;

namespace Reassembly.Storage.Disk.Ledger;

/// <summary>
/// The ledger of deliveries, in the catalogue. One thread makes all changes, those of the same moment in one transaction: takers need no
/// locks among them, and what the tables say of an entry is what counts.
/// <para>A taking waits for no disk: one that a loss of power forgets is made and counted again, which is harmless, since deliveries are
/// repeated after a crash anyway.</para>
/// </summary>
internal sealed class DiskLedger(CatalogueReaders readers, CatalogueWriter writer) : IDeliveryLedger
{
    public ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken)
        => ChangeAsync(
            ledger => cancellationToken.IsCancellationRequested
                ? [] // Who has gone takes nothing with it.
                : ledger.Take(sink, limit, now, claim),
            cancellationToken,
            mustBeDurable: false);

    public ValueTask<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken)
        => ChangeAsync(ledger => cancellationToken.IsCancellationRequested ? null : ledger.TakeNext(sink, channel, most, now), cancellationToken, mustBeDurable: false);

    // Over the connection that writes: what is due is made ready first.
    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken)
        => ChangeAsync(ledger => ledger.ListChannels(sink, now), cancellationToken, mustBeDurable: false);

    public ValueTask<bool> SettleAsync(DeliveryAttempt attempt, DeliveryResult result, CancellationToken cancellationToken)
        => ChangeAsync(ledger => ledger.Settle(attempt, result), cancellationToken);

    public ValueTask<IReadOnlyList<SinkDepth>> ListDepthsAsync(string? channel, CancellationToken cancellationToken)
        => new(readers.Ask(channel, static (reader, channel) => reader.Ledger.ListDepths(channel)));

    public async ValueTask NoteServedAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken)
        => await ChangeAsync(ledger => ledger.NoteServed(channel, sink, isServed, now), cancellationToken).ConfigureAwait(false);

    public ValueTask<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken)
        => ChangeAsync(ledger => ledger.Bury(channel, sink, before, reason, limit), cancellationToken);

    public ValueTask<DeadLetterPage> ListDeadAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken)
        => new(readers.Ask((channel, after, limit), static (reader, ask) => reader.Ledger.ListDead(ask.channel, ask.after, ask.limit)));

    public ValueTask<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken)
        => ChangeAsync(ledger => ledger.Revive(key, channel), cancellationToken);

    public ValueTask<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken)
        => ChangeAsync(ledger => ledger.Drop(key, channel), cancellationToken);

    private async ValueTask<TResult> ChangeAsync<TResult>(Func<LedgerStatements, TResult> change, CancellationToken cancellationToken, bool mustBeDurable = true)
    {
        var job = new LedgerJob<TResult>(change, mustBeDurable);
        writer.Add(job);
        await job.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return job.Result;
    }
}
