using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Lanes;

/// <summary>Hears what a message's owner answers. Calls of one lane may come from two threads at once: one answers, one tells the outcome.</summary>
internal interface ILaneListener
{
    ValueTask RefusedAsync(ProtocolError error);

    void Acked(AckMessage ack);

    ValueTask EndedAsync(OutcomeMessage outcome);
}
