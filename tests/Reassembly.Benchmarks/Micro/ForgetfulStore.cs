using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Benchmarks.Micro;

/// <summary>Takes every write at once and keeps nothing: what is measured before it is not the store.</summary>
internal sealed class ForgetfulStore : IMessageStore
{
    public Durability Durability => Durability.Memory;

    public ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken) => new(new MessageClaim(1, null));

    public ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write) => ValueTask.CompletedTask;

    public ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken) => new(0);

    public ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken) => new((MessageRecord?)null);
}

/// <summary>No sinks, and nobody who hears of commits.</summary>
internal sealed class NobodyListens : ICommitListener
{
    public IReadOnlyList<string> SinksOf(string channel) => [];

    public void Committed(string channel)
    {
    }
}
