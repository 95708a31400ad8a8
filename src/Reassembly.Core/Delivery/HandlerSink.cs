namespace Reassembly.Core.Delivery;

/// <summary>A sink that is a function of the host application.</summary>
internal sealed class HandlerSink(Func<CommittedPayload, CancellationToken, Task> handler) : IDeliverySink
{
    public string Name => "handler";

    public Task DeliverAsync(CommittedPayload payload, CancellationToken cancellationToken) => handler(payload, cancellationToken);
}
