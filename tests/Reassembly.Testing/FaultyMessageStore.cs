using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Testing;

/// <summary>A store around another whose writes a test can hold back, fail, or look at.</summary>
public sealed class FaultyMessageStore(IMessageStore inner) : IMessageStore, IStoreHealth
{
    private int _writesUnderWay;

    /// <summary>Called before each write; what it throws is the write's failure, what it awaits holds the write back.</summary>
    public Func<MessageKey, MessageWrite, ValueTask> BeforeWrite { get; set; } = static (_, _) => ValueTask.CompletedTask;

    public Func<ValueTask> BeforeRead { get; set; } = static () => ValueTask.CompletedTask;

    public int Writes { get; private set; }

    public int Claims { get; private set; }

    public int MostWritesAtOnce { get; private set; }

    public string? Fault => null;

    public DateTimeOffset? InServiceSince { get; set; }

    public Durability Durability => inner.Durability;

    public ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken)
    {
        Claims++;
        return inner.ClaimAsync(key, initial, cancellationToken);
    }

    public async ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write)
    {
        MostWritesAtOnce = Math.Max(MostWritesAtOnce, Interlocked.Increment(ref _writesUnderWay));
        try
        {
            Writes++;
            await BeforeWrite(key, write);
            await inner.WriteAsync(key, epoch, write);
        }
        finally
        {
            Interlocked.Decrement(ref _writesUnderWay);
        }
    }

    public async ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await BeforeRead();
        return await inner.ReadAsync(key, offset, destination, cancellationToken);
    }

    public ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken) => inner.FindAsync(key, cancellationToken);
}
