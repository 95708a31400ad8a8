namespace Reassembly.Core.Storage;

/// <summary>
/// What waits to be handed on: one entry for each committed message and each sink that is to get it, put in by the write that commits
/// the message. An entry waits, is taken, and goes when its sink has the message; after too many attempts it is a dead letter, which
/// keeps the message until somebody decides.
/// <para>What the record says of the delivery follows: <see cref="DeliveryState.Pending"/> while there is an entry of a sink that
/// <see cref="SinkNames.IsBinding"/>, or a dead letter; otherwise <see cref="DeliveryState.Delivered"/> once something was delivered or
/// dropped. A message whose dead letter is sent again stays <see cref="DeliveryState.Pending"/>, and is kept, until that.</para>
/// </summary>
public interface IDeliveryLedger
{
    /// <summary>
    /// Takes entries that wait for a sink and are due, lowest commit first, and counts an attempt for each. No entry is anybody else's
    /// until it is settled, its time is over, or, where it has none, the node that took it is gone.
    /// </summary>
    /// <param name="sink">The sink's name.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="now">What is due by then; also what was taken until then.</param>
    /// <param name="claim">When somebody else may take them, and what whoever settles them must give; null where they are this node's for as long as it lives.</param>
    /// <param name="cancellationToken">Ends the wait; entries may have been taken all the same, and wait again soon.</param>
    /// <exception cref="StoreException">The store cannot say; what was perhaps taken waits again soon.</exception>
    ValueTask<IReadOnlyList<DeliveryAttempt>> TakeAsync(string sink, int limit, DateTimeOffset now, DeliveryClaim? claim, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the first entry of one channel that waits for a sink and is due, for as long as this node lives, and counts an attempt for it; unless so many
    /// of that channel and sink are taken already, by whichever node.
    /// </summary>
    /// <param name="sink">The sink's name.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="most">At most so many may be taken at once, with this one.</param>
    /// <param name="now">What is due by then.</param>
    /// <param name="cancellationToken">Ends the wait; an entry may have been taken all the same, and waits again soon.</param>
    /// <exception cref="StoreException">The store cannot say; what was perhaps taken waits again soon.</exception>
    ValueTask<DeliveryAttempt?> TakeNextAsync(string sink, string channel, int most, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The channels of which something waits for a sink and is due, in no order.</summary>
    /// <param name="sink">The sink's name.</param>
    /// <param name="now">What is due by then.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<string>> ListChannelsAsync(string sink, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Records what came of an attempt; durable when the task completes.</summary>
    /// <param name="attempt">As it was taken: an entry that was taken again since, or under another claim, is another's.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where the attempt is not under way any more; nothing is changed then.</returns>
    ValueTask<bool> SettleAsync(DeliveryAttempt attempt, DeliveryResult result, CancellationToken cancellationToken);

    /// <summary>How much waits, for each channel and sink of which there is anything.</summary>
    /// <param name="channel">One channel, or null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<SinkDepth>> ListDepthsAsync(string? channel, CancellationToken cancellationToken);

    /// <summary>
    /// Notes whether this node has the sink of a channel of which something waits: <see cref="SinkDepth.UnservedSince"/> begins with the first that has not,
    /// and ends with any that has.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="sink">The sink's name.</param>
    /// <param name="isServed">Whether this node has it.</param>
    /// <param name="now">When it begins.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask NoteServedAsync(string channel, string sink, bool isServed, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Makes dead letters of what waits for a sink that nobody has: of nothing where that is not so since then.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="sink">The sink's name.</param>
    /// <param name="before">Since when at least nobody has it, and until when a message was committed.</param>
    /// <param name="reason">One sentence on why.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many there were.</returns>
    ValueTask<int> BuryAsync(string channel, string sink, DateTimeOffset before, string reason, int limit, CancellationToken cancellationToken);

    /// <summary>Dead letters of a channel, a page of them.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="after">Where the page before ended, or null for the first.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<DeadLetterPage> ListDeadAsync(string channel, DeadLetterPlace? after, int limit, CancellationToken cancellationToken);

    /// <summary>Sends the dead letters of a message again, with all attempts before them. Durable when the task completes.</summary>
    /// <returns>How many there were.</returns>
    ValueTask<int> ReviveAsync(MessageKey key, string channel, CancellationToken cancellationToken);

    /// <summary>Gives the dead letters of a message up; the message goes as if its sinks had it. Durable when the task completes.</summary>
    /// <returns>How many there were.</returns>
    ValueTask<int> DropAsync(MessageKey key, string channel, CancellationToken cancellationToken);
}
