namespace Reassembly.Core.Delivery;

/// <summary>
/// Takes committed payloads. Called at least once for each; a call that throws is repeated with backoff, after a crash too, so
/// that a sink recognises a message by its id.
/// </summary>
public interface IDeliverySink
{
    /// <summary>A short name for logs, such as <c>directory</c>.</summary>
    string Name { get; }

    /// <summary>Takes the payload; returning means that the sink has it for good.</summary>
    Task DeliverAsync(CommittedPayload payload, CancellationToken cancellationToken);
}
