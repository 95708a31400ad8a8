using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Core.Messages;

/// <summary>
/// The state machine of one message: which bytes it has, what is known of its size, and what to do with the next chunk. Pure: no
/// I/O, no tasks, no clock; one owner calls it, one step at a time.
/// <para>A byte goes from unknown to <i>pending</i> (<see cref="Admit"/>: reserved, on its way to the store) to <i>durable</i>
/// (<see cref="Confirm"/>), or back to unknown when the store failed (<see cref="Withdraw"/>). Admitting reserves at once, so
/// chunks that are looked at while a write is under way can neither pass the cap together nor be stored twice.</para>
/// <para>What comes first stays: a chunk that contradicts the known size, or durable bytes, is refused and the message goes on.
/// Only passing the size cap rejects the message, and that is looked at before anything else, so no order of arrival changes it.</para>
/// </summary>
public sealed class MessageAssembler
{
    /// <summary>Most separate ranges a message may consist of on its way; beyond it a chunk that would open another gap is refused.</summary>
    public const int MaxRanges = 4096;

    private readonly MessageId _id;
    private readonly ProtocolLimits _limits;
    private readonly RangeSet _durable;
    private readonly RangeSet _pending = new();
    private readonly List<ByteRange> _fresh = new(1);
    private long? _durableSize;
    private OpenMessage? _durableOpen;
    private long _highestSeen;
    private bool _emptyLastSeen;

    /// <param name="id">For errors and acks.</param>
    /// <param name="limits">The limits in force.</param>
    /// <param name="record">What is durable already; null for a new message.</param>
    public MessageAssembler(MessageId id, ProtocolLimits limits, MessageRecord? record)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _id = id;
        _limits = limits;
        _durable = new RangeSet(record?.Durable ?? []);
        Size = _durableSize = record?.Size;
        Open = _durableOpen = record?.Open;
        _highestSeen = _durable.End;
    }

    /// <summary>Size of the whole, once known.</summary>
    public long? Size { get; private set; }

    /// <summary>What the sender said of the message, once it has.</summary>
    public OpenMessage? Open { get; private set; }

    public RangeSet Durable => _durable;

    /// <summary>Whether pending or durable bytes cover the whole message. An empty message is one LAST chunk, not the announcement of it.</summary>
    public bool IsComplete => Size is { } size && _durable.Bytes + _pending.Bytes == size && (size > 0 || _emptyLastSeen);

    /// <summary>Whether something that is not durable yet has been admitted or learned.</summary>
    public bool IsDirty => _pending.Count > 0 || Size != _durableSize || !ReferenceEquals(Open, _durableOpen);

    /// <summary>Looks at a chunk; changes nothing.</summary>
    public ChunkVerdict Check(in ChunkHeader chunk)
    {
        var range = new ByteRange(chunk.Offset, chunk.End);
        var total = chunk.TotalSize == ChunkHeader.UnknownSize ? (ulong?)null : chunk.TotalSize;
        var reached = Math.Max(total ?? 0, (ulong)range.To);
        if (reached > (ulong)_limits.MessageBytes)
        {
            return new ChunkVerdict(ChunkAction.Reject, TooBig(reached));
        }

        if (FindSizeConflict(chunk, (long?)total) is { } conflict)
        {
            return new ChunkVerdict(ChunkAction.Refuse, conflict);
        }

        var endsMessage = chunk.IsLast || range.To == ((long?)total ?? Size);
        if (chunk.PayloadLength < _limits.MinChunkBytes && !endsMessage)
        {
            return new ChunkVerdict(ChunkAction.Refuse, TooSmall(chunk));
        }

        if (range.IsEmpty)
        {
            return new ChunkVerdict(ChunkAction.Admit);
        }

        if (_pending.Overlaps(range))
        {
            return new ChunkVerdict(ChunkAction.Defer);
        }

        if (_durable.Overlaps(range))
        {
            return new ChunkVerdict(ChunkAction.Compare);
        }

        return _durable.Count + _pending.Count >= MaxRanges && !_durable.Touches(range) && !_pending.Touches(range)
            ? new ChunkVerdict(ChunkAction.Refuse, TooManyGaps(chunk))
            : new ChunkVerdict(ChunkAction.Admit);
    }

    /// <summary>Takes a chunk that was found admissible: its new bytes are pending from here on, and its word on the size counts.</summary>
    /// <returns>The parts to store, ascending; valid until the next call.</returns>
    public IReadOnlyList<ByteRange> Admit(in ChunkHeader chunk)
    {
        var range = new ByteRange(chunk.Offset, chunk.End);
        if (chunk.TotalSize != ChunkHeader.UnknownSize)
        {
            Size = (long)chunk.TotalSize;
        }
        else if (chunk.IsLast)
        {
            Size = range.To;
        }

        _emptyLastSeen |= range.IsEmpty && chunk.IsLast;
        _highestSeen = Math.Max(_highestSeen, range.To);
        _fresh.Clear();
        _durable.Gaps(range, _fresh);
        foreach (var gap in _fresh)
        {
            _pending.Add(gap);
        }

        return _fresh;
    }

    /// <summary>Takes what the sender says of the message, unless it contradicts what was said before.</summary>
    /// <returns>Null when taken; the error otherwise, where <c>MESSAGE_TOO_BIG</c> means rejected.</returns>
    public ProtocolError? Describe(OpenMessage open)
    {
        ArgumentNullException.ThrowIfNull(open);
        if (open.Size > _limits.MessageBytes)
        {
            return TooBig((ulong)open.Size.Value);
        }

        if (Open is not null)
        {
            return OpenComparison.SaysTheSame(Open, open)
                ? null
                : Error(ErrorCode.OpenConflict, "this id was opened with other fields before: repeat them, or choose another id");
        }

        if (open.Size is { } size && (Size is { } known && known != size || size < AdmittedEnd))
        {
            return Error(ErrorCode.SizeConflict, $"open says {size} bytes, the chunks before it say {Size ?? AdmittedEnd}");
        }

        Open = open;
        Size ??= open.Size;
        return null;
    }

    /// <summary>All that was pending is durable.</summary>
    public void Confirm()
    {
        _durable.AddAll(_pending);
        _pending.Clear();
        _durableSize = Size;
        _durableOpen = Open;
    }

    /// <summary>The store failed: what was pending is unknown again, and so is what it said.</summary>
    public void Withdraw()
    {
        _pending.Clear();
        Size = _durableSize;
        Open = _durableOpen;
    }

    /// <summary>The durable ranges as they will be once all pending bytes are.</summary>
    public ByteRange[] DurableAfterWrite()
    {
        if (_durable.Count == 1 && _pending.Count == 1 && _durable[0].To == _pending[0].From)
        {
            return [new ByteRange(_durable[0].From, _pending[0].To)];
        }

        var all = new RangeSet(_durable.ToArray());
        all.AddAll(_pending);
        return all.ToArray();
    }

    /// <summary>Where the message stands.</summary>
    public AckMessage Ack(DateTimeOffset expiresAt)
    {
        var missing = new List<ByteRange>();
        _durable.Gaps(new ByteRange(0, _highestSeen), missing, WireProtocol.MaxMissingRanges);
        if (missing.Count == WireProtocol.MaxMissingRanges)
        {
            // What lies outside the list counts as durable: where there may be more gaps than it holds, its last range covers them all.
            missing[^1] = missing[^1] with { To = Math.Max(missing[^1].To, _highestSeen > _durable.End ? _highestSeen : _durable[_durable.Count - 1].From) };
        }

        var durable = _durable.Prefix;
        return new AckMessage
        {
            Id = _id,
            Durable = durable,
            Missing = missing,
            Credit = Math.Min(durable + _limits.WindowBytes, WireProtocol.MaxSafeInteger),
            ExpiresAt = expiresAt,
        };
    }

    /// <summary>The error of a chunk whose bytes differ from those already durable.</summary>
    public ProtocolError DataConflict(in ChunkHeader chunk)
        => Error(ErrorCode.DataConflict, $"chunk {chunk.Sequence} at offset {chunk.Offset} differs from bytes that are durable there; the first stay");

    private long AdmittedEnd => Math.Max(_durable.End, _pending.End);

    private ProtocolError? FindSizeConflict(in ChunkHeader chunk, long? total)
    {
        if (chunk.IsLast && total is { } announced && announced != chunk.End)
        {
            return Error(ErrorCode.SizeConflict, $"LAST ends at {chunk.End}, its total size is {announced}");
        }

        var claimed = total ?? (chunk.IsLast ? chunk.End : null);
        if (claimed is { } size && Size is { } known && size != known)
        {
            return Error(ErrorCode.SizeConflict, $"chunk {chunk.Sequence} says the message has {size} bytes, {known} was said before");
        }

        if (chunk.End > (claimed ?? Size ?? long.MaxValue))
        {
            return Error(ErrorCode.SizeConflict, $"chunk {chunk.Sequence} ends at {chunk.End}, beyond the {claimed ?? Size} bytes of its message");
        }

        return claimed < AdmittedEnd
            ? Error(ErrorCode.SizeConflict, $"chunk {chunk.Sequence} says the message ends at {claimed}, bytes up to {AdmittedEnd} have come")
            : null;
    }

    private ProtocolError TooBig(ulong actual)
    {
        var shown = (long)Math.Min(actual, WireProtocol.MaxSafeInteger);
        return Error(ErrorCode.MessageTooBig, $"a message of {actual} bytes exceeds the limit of {_limits.MessageBytes} bytes") with
        {
            Limit = new LimitDetail("messageBytes", _limits.MessageBytes, shown, "node"),
        };
    }

    private ProtocolError TooSmall(in ChunkHeader chunk)
        => Error(ErrorCode.ChunkTooSmall, $"chunk {chunk.Sequence} has {chunk.PayloadLength} bytes; only the last of a message may have fewer than {_limits.MinChunkBytes}") with
        {
            Limit = new LimitDetail("minChunkBytes", _limits.MinChunkBytes, chunk.PayloadLength, "node"),
        };

    private ProtocolError TooManyGaps(in ChunkHeader chunk)
        => Error(ErrorCode.Overloaded, $"chunk {chunk.Sequence} would leave one more gap than the {MaxRanges} a message may have: fill the missing ranges first") with
        {
            Retryable = true,
            RetryAfterMs = 100,
            Limit = new LimitDetail("ranges", MaxRanges, MaxRanges + 1, "node"),
        };

    private ProtocolError Error(ErrorCode code, string message) => new(code, ErrorScope.Message, message) { Id = _id };
}
