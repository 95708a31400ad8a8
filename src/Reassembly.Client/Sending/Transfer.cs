using Reassembly.Client.Connections;
using Reassembly.Client.Cutting;
using Reassembly.Client.Errors;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Client.Sending;

/// <summary>
/// One message on the sender's side, as a state machine without I/O, tasks or clock. Two sets of bytes say it all: what the
/// server <em>holds</em> for sure, and what is <em>covered</em>: held, or sent over this connection and not yet heard of. The next
/// piece is cut from the lowest bytes that are not covered, below the credit. Whatever goes wrong ends the same way: ask
/// <c>status</c>, take only what the answer confirms as covered, go on. TCP keeps the answer behind all that was sent before it,
/// so nothing is in doubt then.
/// </summary>
internal sealed class Transfer(MessageId id, bool mayBeKnown, TransferTimes times, Backoff backoff, TimeSpan now)
{
    private readonly RangeSet _held = new();
    private readonly RangeSet _covered = new();
    private readonly RangeSet _everSent = new();
    private TransferPhase _phase = TransferPhase.Detached;
    private LinkView _link;
    private bool _heldIsOfThisConnection;
    private bool _heardMeanwhile;
    private bool _openUnanswered;
    private bool _openInDoubt;
    private bool _endTold;
    private long _credit;
    private uint _sequence;
    private TimeSpan _lastProgress = now;
    private TimeSpan _lastHeard = now;
    private TimeSpan _until;
    private ProtocolError? _lastError;
    private ReassemblyException? _failure;

    public long Durable => _held.Prefix;

    public long SentUpTo => Math.Max(Durable, _everSent.End);

    public long BytesSent { get; private set; }

    public long BytesResent { get; private set; }

    public OutcomeMessage? Outcome { get; private set; }

    /// <summary>Whether every byte sent over this connection is durable: nothing is lost by leaving it.</summary>
    public bool IsQuiet => _phase is not TransferPhase.Asked && _covered.Bytes == _held.Bytes;

    /// <summary>Whether the server may know of this message.</summary>
    public bool MayBeKnown { get; private set; } = mayBeKnown;

    /// <summary>When this transfer gives up unless something becomes durable.</summary>
    public TimeSpan GivesUpAt => _lastProgress + times.GiveUpAfter;

    /// <summary>The last thing that the server refused.</summary>
    public ProtocolError? LastError => _lastError;

    /// <summary>Goes on over a new connection.</summary>
    public void Attach(LinkView link, TimeSpan now)
    {
        _link = link;
        _lastHeard = now;
        _heldIsOfThisConnection = false;
        _openInDoubt |= _openUnanswered;
        _openUnanswered = false;
        if (MayBeKnown)
        {
            _phase = TransferPhase.MustAsk;
        }
        else
        {
            Begin();
        }
    }

    /// <summary>The limits have changed within the connection.</summary>
    public void Narrow(LinkView link) => _link = link;

    /// <param name="ack">What the server holds.</param>
    /// <param name="current">Whether it came over the current connection.</param>
    /// <param name="now">The time.</param>
    public void OnAck(AckMessage ack, bool current, TimeSpan now)
    {
        var before = _held.Bytes;
        var answers = current && _phase == TransferPhase.Asked;
        if (answers && !_heldIsOfThisConnection && _heardMeanwhile)
        {
            // While this was asked, a connection that is left said more: which of the two is newer nobody knows, and the source may
            // have let go of what it acked. The next answer is newer than both.
            _phase = TransferPhase.MustAsk;
            _lastHeard = now;
            return;
        }

        _heardMeanwhile |= !current && _phase == TransferPhase.Asked;
        if (answers && !_heldIsOfThisConnection)
        {
            // Another node, or the same one after a crash: what it says now is what there is.
            _held.Clear();
            _heldIsOfThisConnection = true;
        }

        Hold(ack);
        if (current)
        {
            _credit = ack.Credit;
            _openUnanswered = false;
            _lastHeard = now;
        }

        if (answers)
        {
            // Less than before: the message was lost there and begun anew by a late chunk, without what open had said.
            _openInDoubt |= _held.Bytes < before;
            _covered.Clear();
            _endTold = false;
            _phase = _openInDoubt ? TransferPhase.MustOpen : TransferPhase.Flowing;
        }

        _covered.AddAll(_held);
        if (_held.Bytes > before)
        {
            _lastProgress = now;
            backoff.Reset();
        }
    }

    public void OnOutcome(OutcomeMessage outcome) => Outcome ??= outcome;

    /// <summary>Something went wrong with this message, or with a frame that may have been one of its own.</summary>
    public void OnError(ProtocolError error, TimeSpan now)
    {
        _lastError = error;
        if (error.Code == ErrorCode.UnknownMessage)
        {
            if (_phase == TransferPhase.Asked)
            {
                Begin();
            }
        }
        else if (IsWorthRepeating(error))
        {
            _openInDoubt |= _openUnanswered;
            _openUnanswered = false;
            if (_phase != TransferPhase.Backoff)
            {
                _until = now + Longer(TimeSpan.FromMilliseconds(error.RetryAfterMs ?? 0), backoff.Next());
                _phase = TransferPhase.Backoff;
            }
        }
        else if (error.Id is not null)
        {
            _failure ??= OutcomeExceptions.From(id, error);
        }
    }

    public void OnSent(ByteRange piece, bool isLast, long? size, TimeSpan now)
    {
        if (_covered.Bytes == _held.Bytes)
        {
            _lastHeard = now;
        }

        BytesSent += piece.Length;
        BytesResent += _everSent.CountWithin(piece);
        _everSent.Add(piece);
        _covered.Add(piece);
        _sequence++;
        _endTold |= isLast || size is not null;
        MayBeKnown = true;
    }

    /// <summary>What to do now.</summary>
    public TransferStep Next(in SourceView source, TimeSpan now)
    {
        if (Outcome is not null)
        {
            return new TransferStep(TransferStepKind.Finish);
        }

        if (_failure is not null)
        {
            return TransferStep.Fail(_failure);
        }

        if (now >= GivesUpAt)
        {
            return TransferStep.Fail(NoProgress());
        }

        switch (_phase)
        {
            case TransferPhase.MustOpen:
                _phase = TransferPhase.Flowing;
                _openInDoubt = false;
                _openUnanswered = true;
                MayBeKnown = true;
                return new TransferStep(TransferStepKind.Open);
            case TransferPhase.MustAsk:
                return Ask(now);
            case TransferPhase.Asked or TransferPhase.Backoff:
                return now >= _until ? Ask(now) : TransferStep.Wait(_until);
            case TransferPhase.Flowing:
                return NextPiece(source, now);
            default:
                return TransferStep.Wait(GivesUpAt);
        }
    }

    public ReassemblyException NoProgress()
    {
        var said = _lastError is null ? string.Empty : $"; the server's last word: {_lastError.Message}";
        return new NoProgressException(id, $"message {id}: nothing became durable for {times.GiveUpAfter.TotalSeconds:0.#} s, {Durable} bytes are{said}", _lastError);
    }

    private TransferStep NextPiece(in SourceView source, TimeSpan now)
    {
        if (source.Size is { } end && _held.End > end)
        {
            return TransferStep.Fail(new PayloadMismatchException(id, $"the server holds bytes of message {id} up to {_held.End}, this payload has {end}"));
        }

        var gap = _covered.FirstGap();
        var piece = default(ByteRange);
        if (source.Size is { } size && gap.From >= size)
        {
            if (_endTold)
            {
                return WaitForServer(now);
            }

            // All is there, yet this sender never said where the end is: the last bytes once more, as LAST.
            piece = new ByteRange(Math.Max(Math.Min(source.Oldest, size), size - Math.Min(size, _link.Chunk.MinBytes)), size);
        }
        else
        {
            if (gap.From < source.Oldest)
            {
                return TransferStep.Fail(new SourceNotReplayableException(
                    id, $"message {id} must go on at byte {gap.From}, and its source can go back to byte {source.Oldest} only"));
            }

            // Of an endless source the byte before its end is held back: only then is it known which piece is the last.
            var sendable = source.Size ?? source.Available - 1;
            var reach = Math.Min(Math.Min(_credit, Durable + times.MaxUnackedBytes), sendable);
            var onItsWay = _covered.Bytes > _held.Bytes;
            if (!ChunkCutter.TryCut(gap, reach, source.Oldest, source.Size, _link.Chunk, onItsWay, out piece))
            {
                return onItsWay || _credit <= gap.From ? WaitForServer(now) : WaitForSource(now);
            }
        }

        return new TransferStep(TransferStepKind.Send) { Piece = piece, IsLast = piece.To == source.Size, Sequence = _sequence };
    }

    private TransferStep WaitForServer(TimeSpan now)
    {
        var until = _lastHeard + times.AckTimeout;
        return now >= until ? Ask(now) : TransferStep.Wait(until);
    }

    // The server has all there is, so its clock must not run out because of a slow source: an open again keeps it alive.
    private TransferStep WaitForSource(TimeSpan now)
    {
        _lastProgress = now;
        var until = _lastHeard + (_link.Idle / 3);
        if (now < until)
        {
            return TransferStep.Wait(until);
        }

        _lastHeard = now;
        MayBeKnown = true;
        return new TransferStep(TransferStepKind.Open);
    }

    private TransferStep Ask(TimeSpan now)
    {
        _phase = TransferPhase.Asked;
        _heardMeanwhile = false;
        _until = now + times.AckTimeout;
        return new TransferStep(TransferStepKind.Ask);
    }

    private void Begin()
    {
        _held.Clear();
        _covered.Clear();
        _endTold = false;
        _credit = _link.WindowBytes;
        _heldIsOfThisConnection = true;
        _phase = TransferPhase.MustOpen;
    }

    // The bytes between two missing ranges are held. Above the last one nothing is known: the list may have been cut short.
    private void Hold(AckMessage ack)
    {
        _held.Add(new ByteRange(0, ack.Durable));
        var from = ack.Durable;
        foreach (var missing in ack.Missing)
        {
            _held.Add(new ByteRange(from, missing.From));
            from = Math.Max(from, missing.To);
        }
    }

    private static bool IsWorthRepeating(ProtocolError error) => error.Retryable || error.Code
        is ErrorCode.CrcMismatch or ErrorCode.NotDurable or ErrorCode.Overloaded or ErrorCode.TooManyOpen or ErrorCode.QuotaExceeded;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
