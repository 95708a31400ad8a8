using Reassembly.Protocol.Control;

namespace Reassembly.Core.Storage;

/// <summary>
/// Keeps the bytes of messages and, beside them, one record each: the catalogue.
/// <para><b>Ownership.</b> The memory in a write belongs to the caller, who leaves it untouched until the returned task has
/// completed, however it completes; the store never touches it afterwards.</para>
/// <para><b>Ordering.</b> A write's bytes are durable before its record says so, and its record is durable before the task
/// completes. The caller has at most one write of one message under way; writes of different messages are independent, and a
/// store takes many of them in one flush and one transaction.</para>
/// <para><b>Fencing.</b> A claim raises the message's epoch, and every write carries the epoch it was claimed with. A write
/// with an older epoch is refused with <see cref="FencedException"/>, and none of its bytes can be read afterwards in the place
/// of bytes that a newer owner wrote.</para>
/// <para><b>Errors.</b> <see cref="StoreException"/> where the store cannot do its work; nothing of the failed write is in the
/// record then, and the caller may write the same again.</para>
/// </summary>
public interface IMessageStore
{
    /// <summary>What a completed write outlives.</summary>
    Durability Durability { get; }

    /// <summary>Takes a message over for writing, known or not. Every earlier claim of it is fenced from here on.</summary>
    /// <param name="key">The message.</param>
    /// <param name="initial">What to record should the message be unknown and the store need a record at once.</param>
    /// <param name="cancellationToken">Ends the wait; the claim may have been made all the same.</param>
    ValueTask<MessageClaim> ClaimAsync(MessageKey key, MessageRecord initial, CancellationToken cancellationToken);

    /// <summary>Makes bytes durable, then the record. Bytes already durable at the same place are written over with the same bytes.</summary>
    /// <param name="key">The message.</param>
    /// <param name="epoch">Of the claim.</param>
    /// <param name="write">What to write. Where its record has an outcome other than <c>committed</c>, the payload is dropped.</param>
    ValueTask WriteAsync(MessageKey key, long epoch, MessageWrite write);

    /// <summary>Reads durable bytes.</summary>
    /// <param name="key">The message.</param>
    /// <param name="offset">Where to begin, in bytes of the message.</param>
    /// <param name="destination">Filled whole, or up to the highest byte written.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Bytes read; 0 at the end.</returns>
    ValueTask<int> ReadAsync(MessageKey key, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>The record of a message, open or ended, or null where there is none.</summary>
    ValueTask<MessageRecord?> FindAsync(MessageKey key, CancellationToken cancellationToken);
}
