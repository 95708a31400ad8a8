using Reassembly.Edge.Lanes;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Raw;

/// <summary>Collects the one answer to each raw payload: its outcome, or the error that stopped it, which its sender cannot repair.</summary>
internal sealed class RawAnswers
{
    private RawAnswer _current = new(default);

    /// <summary>Begins to wait for the answer to a message.</summary>
    public Task<ServerMessage> Expect(MessageId id)
    {
        _current = new RawAnswer(id);
        return _current.Answer;
    }

    /// <summary>The listener of a message. The lane of one that has been answered may come to life once more, to abort it: nobody listens then.</summary>
    public ILaneListener Of(MessageId id) => _current.Id == id ? _current : new RawAnswer(id);

    private sealed class RawAnswer(MessageId id) : ILaneListener
    {
        private readonly TaskCompletionSource<ServerMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public MessageId Id => id;

        public Task<ServerMessage> Answer => _answer.Task;

        public ValueTask RefusedAsync(ProtocolError error)
        {
            _answer.TrySetResult(ErrorMessage.From(error));
            return ValueTask.CompletedTask;
        }

        public void Acked(AckMessage ack)
        {
            // A raw client hears of the whole only.
        }

        public ValueTask EndedAsync(OutcomeMessage outcome)
        {
            _answer.TrySetResult(outcome);
            return ValueTask.CompletedTask;
        }
    }
}
