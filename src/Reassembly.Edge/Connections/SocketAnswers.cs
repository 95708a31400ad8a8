using Reassembly.Edge.Lanes;
using Reassembly.Edge.Sending;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Connections;

/// <summary>Tells a client of <c>reassembly.v1</c> what the owner of one of its messages answers.</summary>
internal sealed class SocketAnswers(OutboundQueue outbound) : ILaneListener
{
    private readonly AckSlot _acks = new();

    public ValueTask RefusedAsync(ProtocolError error) => outbound.PostAsync(ErrorMessage.From(error));

    public void Acked(AckMessage ack) => outbound.Post(_acks, ack);

    public ValueTask EndedAsync(OutcomeMessage outcome) => outbound.PostAsync(outcome);
}
