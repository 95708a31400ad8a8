using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Testing;

namespace Reassembly.Grains.Tests.Hosting;

/// <summary>The store of all silos of a test, whose writes the test can hold back or look at.</summary>
internal sealed class SharedStore : IMessageStore, ISharedStore
{
    private readonly SharedMemoryStore _memory = new();

    /// <summary>Called before each write; what it awaits holds the write back.</summary>
    public Func<MessageKey, MessageWrite, Task> BeforeWrite { get; set; } = static (_, _) => Task.CompletedTask;

    public IMessageCatalogue Catalogue => _memory;

    public IDeliveryLedger Ledger => _memory;

    public int Claims => _memory.Claims;

    public Durability Durability => _memory.Durability;

    public IDisposable Subscribe(IStoreListener listener) => _memory.Subscribe(listener);

    public ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken)
        => _memory.ClaimAsync(key, initial, cancellationToken);

    public async ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write)
    {
        await BeforeWrite(key, write);
        await _memory.WriteAsync(key, epoch, write);
    }

    public ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
        => _memory.ReadAsync(key, offset, destination, cancellationToken);

    public ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken) => _memory.FindAsync(key, cancellationToken);

    /// <summary>What is durable of a message, from its beginning.</summary>
    public async Task<byte[]> ReadAllAsync(MessageKey key, int size)
    {
        var bytes = new byte[size];
        await _memory.ReadAsync(key, 0, bytes, CancellationToken.None);
        return bytes;
    }
}
