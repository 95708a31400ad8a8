using Reassembly.Protocol.Control;

namespace Reassembly.Core.Routing;

/// <summary>
/// Brings what an edge received to the owner of its message, wherever that is: a chunk in, a receipt out. Nothing here throws
/// for what a peer did wrong; that is in the receipt.
/// </summary>
public interface IMessageRouter
{
    /// <summary>Hands chunks of one message over; completes once their bytes are durable, or refused.</summary>
    /// <param name="key">The message.</param>
    /// <param name="chunks">
    /// Chunks whose frames are whole and whose checksums hold, in order of arrival. List and memory stay the caller's, who leaves
    /// them untouched until the task has completed; the callee never touches them afterwards.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for an owner; bytes handed to the store are waited for all the same.</param>
    ValueTask<Receipt> AppendAsync(MessageKey key, IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken);

    /// <summary>Says what the message is.</summary>
    ValueTask<Receipt> OpenAsync(MessageKey key, OpenMessage open, CancellationToken cancellationToken);

    /// <summary>Where the message stands. Does not count as a sign of life of its sender, and takes the message from no owner.</summary>
    ValueTask<Receipt> StatusAsync(MessageKey key, CancellationToken cancellationToken);

    /// <summary>Gives the message up, unless it has ended already.</summary>
    ValueTask<Receipt> AbortAsync(MessageKey key, CancellationToken cancellationToken);

    /// <summary>Completes with the outcome when the message ends, whoever ended it; with an error where it is not known (any more).</summary>
    Task<Receipt> WhenEndedAsync(MessageKey key, CancellationToken cancellationToken);

    /// <summary>Gives an open message that lost its owner another, which sees to its deadline.</summary>
    /// <exception cref="Storage.StoreException">The store cannot say now.</exception>
    ValueTask WakeAsync(MessageKey key, CancellationToken cancellationToken);
}
