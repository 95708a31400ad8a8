using Reassembly.Testing.Receiving;

namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>A delivery that somebody saw begin, or, where the receiver does not tell that, saw done.</summary>
internal sealed record Delivery(IStormReceiver To, SentMessage Message, Receipt Receipt)
{
    public long Attempt => Receipt.Attempt;

    public DateTimeOffset At => Receipt.At;
}
