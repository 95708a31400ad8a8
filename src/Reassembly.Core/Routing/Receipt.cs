using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Routing;

/// <summary>The answer to whatever was handed to a message: where it stands, and what was refused. Immutable.</summary>
/// <param name="Answer">An <see cref="AckMessage"/> while it is open, an <see cref="OutcomeMessage"/> once it has ended, null where it is not known, or nothing of what was handed over was taken.</param>
/// <param name="Errors">One entry for each part that was refused; the rest was taken.</param>
public sealed record Receipt(ServerMessage? Answer, IReadOnlyList<ProtocolError> Errors)
{
    public OutcomeMessage? Outcome => Answer as OutcomeMessage;

    public AckMessage? Ack => Answer as AckMessage;

    public static Receipt Of(ServerMessage answer) => new(answer, []);

    public static Receipt Refused(ProtocolError error) => new(null, [error]);
}
