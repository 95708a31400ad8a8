using Reassembly.Protocol.Control;

namespace Reassembly.Edge.Sending;

/// <summary>Where the newest ack of one message waits to be written. A newer one takes the place of one that still waits.</summary>
internal sealed class AckSlot
{
    private AckMessage? _waiting;

    /// <returns>True when no ack was waiting: the slot has to be put in line.</returns>
    public bool Put(AckMessage ack) => Interlocked.Exchange(ref _waiting, ack) is null;

    public AckMessage? Take() => Interlocked.Exchange(ref _waiting, null);
}
