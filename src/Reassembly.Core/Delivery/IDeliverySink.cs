namespace Reassembly.Core.Delivery;

/// <summary>
/// Takes committed payloads. Called at least once for each; a call that throws is repeated with backoff, after a crash too and perhaps
/// on another node, so that a sink recognises a message by its id. After too many attempts the message is a dead letter.
/// </summary>
public interface IDeliverySink
{
    /// <summary>
    /// A short name such as <c>directory</c>, of its own among the sinks of a host. What waits for the sink is found by it: it stays the same
    /// over starts, and on all nodes.
    /// </summary>
    string Name { get; }

    /// <summary>Whether what is committed to a channel is for this sink; the same answer on all nodes.</summary>
    bool Takes(string channel) => true;

    /// <summary>Takes the payload; returning means that the sink has it for good.</summary>
    /// <exception cref="DeliveryRefusedException">Says when to try again, or that there is no use.</exception>
    Task DeliverAsync(CommittedPayload payload, CancellationToken cancellationToken);
}
