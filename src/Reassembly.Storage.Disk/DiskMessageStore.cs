using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Storage.Disk;

/// <summary>
/// The embedded store: payload bytes in files at their offset, the catalogue in SQLite, in one folder that is this process's alone.
/// It serves from <see cref="Open"/> to disposal, except while the folder cannot be used: then every call throws a
/// <see cref="StoreException"/> that says why, and it goes on by itself once the folder is repaired.
/// </summary>
public sealed class DiskMessageStore : IMessageStore, IMessageCatalogue, IDeliveryLedger, IStoreHealth, IAsyncDisposable
{
    private readonly FolderKeeper _keeper;

    public DiskMessageStore(DiskStoreOptions options, TimeProvider time, ILogger<DiskMessageStore> logger)
        : this(options, time, logger, static (_, _) => { })
    {
    }

    internal DiskMessageStore(DiskStoreOptions options, TimeProvider time, ILogger<DiskMessageStore> logger, DiskStoreProbe probe)
        => _keeper = new FolderKeeper(Path.GetFullPath(options.Path), time, logger, probe);

    public Durability Durability => Durability.Disk;

    public string? Fault => _keeper.Fault;

    public DateTimeOffset? InServiceSince => _keeper.InServiceSince;

    internal OpenStore Opened => _keeper.Store;

    /// <summary>Opens the folder. One that cannot be used now does not throw: see <see cref="Fault"/>.</summary>
    /// <exception cref="Folder.FolderInUseException">Another process holds it.</exception>
    public void Open() => _keeper.Open();

    public ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken)
        => _keeper.Store.ClaimAsync(key, cancellationToken);

    public ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write) => _keeper.Store.WriteAsync(key, epoch, write);

    public ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
        => _keeper.Store.ReadAsync(key, offset, destination, cancellationToken);

    public ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken) => new(_keeper.Store.Find(key)?.Record);

    public ValueTask<StoreUsage> GetUsageAsync(CancellationToken cancellationToken) => new(_keeper.Store.Usage);

    public ValueTask<IReadOnlyList<MessageKey>> ListOverdueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => new(_keeper.Store.ListOverdue(now, limit));

    public ValueTask<IReadOnlyList<PurgedMessage>> PurgeAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        => new(_keeper.Store.PurgeAsync(now, limit).WaitAsync(cancellationToken));

    public ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.TakeAsync(sink, limit, now, claim, cancellationToken);

    public ValueTask<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.TakeNextAsync(sink, channel, most, now, cancellationToken);

    public ValueTask<IReadOnlyList<string>> ListChannelsAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.ListChannelsAsync(sink, now, cancellationToken);

    public ValueTask<bool> SettleAsync(DeliveryAttempt attempt, DeliveryResult result, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.SettleAsync(attempt, result, cancellationToken);

    public ValueTask<IReadOnlyList<SinkDepth>> ListDepthsAsync(string? channel, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.ListDepthsAsync(channel, cancellationToken);

    public ValueTask NoteServedAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.NoteServedAsync(channel, sink, isServed, now, cancellationToken);

    public ValueTask<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.BuryAsync(channel, sink, before, reason, limit, cancellationToken);

    public ValueTask<DeadLetterPage> ListDeadAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.ListDeadAsync(channel, after, limit, cancellationToken);

    public ValueTask<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.ReviveAsync(key, channel, cancellationToken);

    public ValueTask<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken)
        => _keeper.Store.Ledger.DropAsync(key, channel, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _keeper.Dispose();
        return ValueTask.CompletedTask;
    }
}
