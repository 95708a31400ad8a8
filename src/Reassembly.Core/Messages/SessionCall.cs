using Reassembly.Core.Routing;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Messages;

/// <summary>What a call asks of a session.</summary>
internal enum SessionStep
{
    Append,
    Open,
    Status,
    Abort,
    Expire,
}

/// <summary>
/// One call waiting in a session's mailbox; its task completes with the receipt once what it brought is durable or refused, and
/// its caller goes on elsewhere, never on the session's thread.
/// </summary>
internal sealed class SessionCall(SessionStep step) : TaskCompletionSource<Receipt>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private List<ProtocolError>? _errors;

    public SessionStep Step { get; } = step;

    /// <summary>The chunks of an append: the caller's until the task completes.</summary>
    public IReadOnlyList<Chunk> Chunks { get; init; } = [];

    /// <summary>The next chunk to look at: a call whose chunk must wait goes on there in the next round.</summary>
    public int NextChunk { get; set; }

    public OpenMessage? Open { get; init; }

    public bool IsSignOfLife => Step is SessionStep.Append or SessionStep.Open;

    /// <summary>Whether some of what it brought was taken, or was there already.</summary>
    public bool WasTaken { get; set; }

    public void Refuse(ProtocolError error) => (_errors ??= []).Add(error);

    /// <summary>Says where the message stands. A call of which nothing was taken is answered by its errors alone.</summary>
    public void Answer(AckMessage ack) => TrySetResult(_errors is null ? Receipt.Of(ack) : new Receipt(WasTaken ? ack : null, _errors));

    /// <summary>Says how the message ended.</summary>
    public void Answer(OutcomeMessage outcome) => TrySetResult(_errors is null ? Receipt.Of(outcome) : new Receipt(outcome, _errors));
}
