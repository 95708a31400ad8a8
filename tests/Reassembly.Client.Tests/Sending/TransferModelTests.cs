using Reassembly.Client.Connections;
using Reassembly.Client.Cutting;
using Reassembly.Client.Sending;
using Reassembly.Client.Tests.Scripting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;
using Xunit.Abstractions;

namespace Reassembly.Client.Tests.Sending;

/// <summary>A transfer against a network that loses connections, acks and chunks, with time that jumps to wherever the transfer waits for.</summary>
public sealed class TransferModelTests(ITestOutputHelper output)
{
    [Fact]
    public void Whatever_is_lost_the_message_arrives_within_all_limits()
    {
        var seed = TestPayload.Seed;
        output.WriteLine($"REASSEMBLY_SEED={seed}");
        for (var round = 0; round < 400; round++)
        {
            new World(seed + round).Run();
        }
    }

    private sealed record SentPiece(TransferStep Step, long? Size);

    private sealed class World
    {
        private readonly Random _random;
        private readonly int _size;
        private readonly bool _endless;
        private readonly MessageId _id = new(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
        private readonly Transfer _transfer;
        private readonly Queue<object> _toServer = new();
        private readonly Queue<ServerMessage> _toClient = new();
        private ScriptedMessage? _message;
        private TimeSpan _now;
        private LinkView _link;
        private long _available;
        private long _credit;
        private double _trouble = 0.01;

        public World(int seed)
        {
            _random = new Random(seed);
            _size = _random.Next(4) == 0 ? _random.Next(3) : _random.Next(40_000);
            _endless = _random.Next(2) == 0;
            _available = _endless ? 0 : _size;
            var times = new TransferTimes(TimeSpan.FromSeconds(5), TimeSpan.FromHours(10), 1000 + _random.Next(20_000));
            _transfer = new Transfer(
                _id, _random.Next(4) == 0, times, new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), _random), _now);
        }

        public void Run()
        {
            Reconnect();
            for (var step = 0; step < 200_000; step++)
            {
                if (step == 50_000)
                {
                    // Even a world full of trouble must come to its end once the trouble is over.
                    _trouble = 0;
                }

                switch (_random.Next(4))
                {
                    case 0 when _toServer.TryDequeue(out var said):
                        Serve(said);
                        break;
                    case 1 when _toClient.TryDequeue(out var heard):
                        Hear(heard);
                        break;
                    case 2 when _random.NextDouble() < _trouble:
                        Reconnect();
                        break;
                    default:
                        if (!Step())
                        {
                            Assert.Equal(_size, _message!.Outcome!.Size);
                            return;
                        }

                        break;
                }
            }

            Assert.Fail($"not done: {_transfer.Durable} of {_size} durable");
        }

        private void Reconnect()
        {
            // What was on its way arrives in part, in order; what was on its way back does not.
            for (var arriving = _random.Next(_toServer.Count + 1); arriving > 0; arriving--)
            {
                Serve(_toServer.Dequeue());
            }

            _toServer.Clear();
            _toClient.Clear();
            var min = _random.Next(1, 60);
            _link = new LinkView(new CutLimits(min, min + _random.Next(1, 3000)), 200 + _random.Next(10_000), TimeSpan.FromSeconds(60));
            _credit = _message is null ? _link.WindowBytes : 0;
            _transfer.Attach(_link, _now);
        }

        private bool Step()
        {
            var view = new SourceView(_endless ? Math.Min(_transfer.Durable, _available) : 0, _available, !_endless || _available == _size ? _size : null);
            var step = _transfer.Next(view, _now);
            switch (step.Kind)
            {
                case TransferStepKind.Finish:
                    return false;
                case TransferStepKind.Fail:
                    throw step.Failure!;
                case TransferStepKind.Send:
                    Check(step, view);
                    _toServer.Enqueue(new SentPiece(step, view.Size));
                    _transfer.OnSent(step.Piece, step.IsLast, view.Size, _now);
                    break;
                case TransferStepKind.Open:
                    _toServer.Enqueue(new OpenMessage { Id = _id });
                    break;
                case TransferStepKind.Ask:
                    _toServer.Enqueue(new StatusMessage { Id = _id });
                    break;
                default:
                    Wait(step.Until);
                    break;
            }

            return true;
        }

        private void Wait(TimeSpan until)
        {
            if (_available < _size)
            {
                _available = Math.Min(_size, _available + 1 + _random.Next(3000));
            }
            else if (_toServer.Count == 0 && _toClient.Count == 0)
            {
                _now = until > _now ? until : _now;
            }
        }

        private void Check(TransferStep step, SourceView view)
        {
            Assert.True(step.Piece.To <= _credit, $"{step.Piece} passes credit {_credit}");
            Assert.True(step.Piece.From >= view.Oldest && step.Piece.To <= view.Available, $"{step.Piece} is not in {view}");
            Assert.True(step.Piece.Length <= _link.Chunk.MaxBytes, $"{step.Piece} passes {_link.Chunk}");
            Assert.True(step.Piece.Length >= _link.Chunk.MinBytes || step.IsLast, $"{step.Piece} is below {_link.Chunk}");
            Assert.Equal(view.Size == step.Piece.To, step.IsLast);
        }

        private void Serve(object said)
        {
            switch (said)
            {
                case OpenMessage:
                    _message ??= new ScriptedMessage(_id);
                    Answer(always: true);
                    break;
                case StatusMessage when _message is null:
                    _toClient.Enqueue(Error(ErrorCode.UnknownMessage));
                    break;
                case StatusMessage:
                    Answer(always: true);
                    break;
                case SentPiece when _random.NextDouble() < _trouble:
                    _toClient.Enqueue(Error(_random.Next(2) == 0 ? ErrorCode.CrcMismatch : ErrorCode.NotDurable));
                    break;
                case SentPiece piece:
                    Store(piece.Step, piece.Size);
                    break;
            }
        }

        private void Store(TransferStep chunk, long? size)
        {
            _message ??= new ScriptedMessage(_id);
            var header = new ChunkHeader
            {
                Id = _id,
                Offset = chunk.Piece.From,
                PayloadLength = (int)chunk.Piece.Length,
                TotalSize = size is { } known ? (ulong)known : ChunkHeader.UnknownSize,
                IsLast = chunk.IsLast,
            };
            _message.Store(header, new byte[chunk.Piece.Length]);
            Answer(always: false);
        }

        private void Answer(bool always)
        {
            if (_message!.Outcome is { } outcome)
            {
                _toClient.Enqueue(outcome);
            }
            else if (always || _random.Next(3) == 0)
            {
                _toClient.Enqueue(_message.Ack(_message.Durable + _link.WindowBytes));
            }
        }

        private void Hear(ServerMessage heard)
        {
            switch (heard)
            {
                case AckMessage ack:
                    _credit = ack.Credit;
                    _transfer.OnAck(ack, current: true, _now);
                    break;
                case OutcomeMessage outcome:
                    _transfer.OnOutcome(outcome);
                    break;
                case ErrorMessage error:
                    _credit = error.Code == ErrorCode.UnknownMessage ? _link.WindowBytes : _credit;
                    _transfer.OnError(error.ToError(), _now);
                    break;
            }
        }

        private ErrorMessage Error(ErrorCode code)
            => new() { Code = code, Scope = ErrorScope.Message, Id = _id, Retryable = code != ErrorCode.UnknownMessage, Message = "scripted" };
    }
}
