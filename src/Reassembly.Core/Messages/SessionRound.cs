using System.Runtime.CompilerServices;
using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Messages;

/// <summary>
/// One round of a session, from calls to receipts: look at each, gather the segments, hash and write them, confirm, answer. Its
/// lists are kept for the next round. Used by one runner at a time.
/// </summary>
internal sealed class SessionRound : IDisposable
{
    private const int RetryAfterMs = 1000;

    private readonly MessageKey _key;
    private readonly SessionContext _context;
    private readonly MessageDeadline _deadline;
    private readonly MessageAssembler _assembler;
    private readonly PrefixHasher _hasher;
    private readonly StoredBytes _stored;
    private readonly List<Segment> _segments = new(1);
    private long _reserved;
    private bool _recorded;
    private bool _extended;
    private DateTimeOffset _recordedExpiry;
    private long _expiresAtTicks;

    public SessionRound(MessageKey key, MessageClaim claim, SessionContext context, MessageDeadline deadline)
    {
        _key = key;
        _context = context;
        _deadline = deadline;
        Epoch = claim.Epoch;
        _recorded = claim.Record is not null;
        _recordedExpiry = claim.Record?.ExpiresAt ?? DateTimeOffset.MaxValue;
        _assembler = new MessageAssembler(key.Id, context.Limits, claim.Record);
        _hasher = new PrefixHasher(context.Store, key, context.ReadBack);
        _stored = new StoredBytes(context.Store, key);
        RefreshDeadline();
    }

    public long Epoch { get; }

    /// <summary>Whether nothing of the message has ever been recorded.</summary>
    public bool IsPristine => !Volatile.Read(ref _recorded);

    /// <summary>When the message expires unless more arrives; read by the timer, too.</summary>
    public DateTimeOffset ExpiresAt => new(Volatile.Read(ref _expiresAtTicks), TimeSpan.Zero);

    /// <summary>Runs the round.</summary>
    /// <param name="calls">In order of arrival. On return each is answered, but for a tail that must wait for the next round.</param>
    /// <returns>The outcome when the message has ended; its calls are not answered then.</returns>
    /// <exception cref="FencedException">A newer owner took over; the calls are not answered.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<OutcomeMessage?> RunAsync(List<SessionCall> calls)
    {
        var considered = 0;
        _extended = false;
        OutcomeMessage? end = null;
        try
        {
            for (; considered < calls.Count && end is null; considered++)
            {
                var call = calls[considered];
                if (call.IsSignOfLife)
                {
                    _extended = true;
                    _deadline.SignOfLife(_context.Time.GetUtcNow());
                }

                if (call.Step == SessionStep.Append)
                {
                    end = await ConsiderChunksAsync(call).ConfigureAwait(false);
                    if (end is null && call.NextChunk < call.Chunks.Count)
                    {
                        break;
                    }
                }
                else
                {
                    end = Consider(call);
                }
            }

            RefreshDeadline();
            end = end is null ? await WriteAsync().ConfigureAwait(false) : await WriteEndAsync(end).ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            // The store has logged it with its place; the senders are told, and the message stays open.
            Fail(calls, Math.Min(considered + 1, calls.Count), failure);
            return null;
        }
        finally
        {
            // Nothing may point at the callers' memory once they are answered; and what did not become durable needs no room, whatever the reason.
            _segments.Clear();
            ReleaseReserved();
        }

        if (end is null)
        {
            Answer(calls, considered);
        }

        return end;
    }

    public void Dispose() => _hasher.Dispose();

    /// <summary>Whether the sender was heard now, or could not have been, and the record would have the message expire much earlier than that says.</summary>
    private bool IsRecordStale => _extended && ExpiresAt - _recordedExpiry > MessageDeadline.Lag(_context.Limits);

    private OutcomeMessage? Consider(SessionCall call)
    {
        switch (call.Step)
        {
            case SessionStep.Abort or SessionStep.Status when IsPristine && !_assembler.IsDirty:
                LookElsewhere(call);
                return null;
            case SessionStep.Abort:
                return Outcome(OutcomeState.Aborted, null);
            case SessionStep.Expire:
                _extended |= _deadline.NotSilentBefore(_context.ServingSince);
                return _context.Time.GetUtcNow() >= _deadline.ExpiresAt(_assembler.Open) ? Outcome(OutcomeState.Expired, Expired()) : null;
            case SessionStep.Open when _assembler.Describe(call.Open!) is { } error:
                if (error.Code == ErrorCode.MessageTooBig)
                {
                    return Outcome(OutcomeState.Rejected, error);
                }

                call.Refuse(error);
                return null;
            default:
                return null;
        }
    }

    /// <summary>Looks at the chunks of a call, up to the first that must wait for bytes now on their way.</summary>
    private async ValueTask<OutcomeMessage?> ConsiderChunksAsync(SessionCall call)
    {
        for (; call.NextChunk < call.Chunks.Count; call.NextChunk++)
        {
            var chunk = call.Chunks[call.NextChunk];
            var verdict = _assembler.Check(chunk.Header);
            switch (verdict.Action)
            {
                case ChunkAction.Defer:
                    return null;
                case ChunkAction.Reject:
                    return Outcome(OutcomeState.Rejected, verdict.Error);
                case ChunkAction.Refuse:
                    call.Refuse(verdict.Error!);
                    break;
                case ChunkAction.Compare when !await _stored.AreSameAsync(_assembler.Durable, chunk).ConfigureAwait(false):
                    call.Refuse(_assembler.DataConflict(chunk.Header));
                    break;
                default:
                    Admit(call, chunk);
                    break;
            }
        }

        return null;
    }

    private void Admit(SessionCall call, in Chunk chunk)
    {
        if (!_context.Quota.TryReserve(chunk.Payload.Length))
        {
            call.Refuse(QuotaExceeded(chunk));
            return;
        }

        call.WasTaken = true;
        var stored = 0L;
        foreach (var fresh in _assembler.Admit(chunk.Header))
        {
            _segments.Add(new Segment(fresh.From, chunk.Payload.Slice((int)(fresh.From - chunk.Header.Offset), (int)fresh.Length)));
            stored += fresh.Length;
        }

        _context.Quota.Release(chunk.Payload.Length - stored);
        _reserved += stored;
    }

    private void ReleaseReserved()
    {
        _context.Quota.Release(_reserved);
        _reserved = 0;
    }

    private void StoredReserved()
    {
        _context.Quota.Stored(_reserved);
        _reserved = 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<OutcomeMessage?> WriteAsync()
    {
        if (_assembler.IsComplete)
        {
            return await WriteEndAsync(await VerifyAsync().ConfigureAwait(false)).ConfigureAwait(false);
        }

        if (!_assembler.IsDirty && !IsRecordStale)
        {
            return null;
        }

        SortSegments();
        var write = new MessageWrite(_segments, Record(null, null));
        var writing = _context.Store.WriteAsync(_key, Epoch, write);
        try
        {
            // What is read back for the digest uses the time of the write, and must not hold up its acks.
            await _hasher.AdvanceAsync(_assembler.Durable, _segments, writing).ConfigureAwait(false);
        }
        finally
        {
            // The segments are the callers': whatever happened to the digest, the store is waited for.
            await writing.ConfigureAwait(false);
        }

        _assembler.Confirm();
        StoredReserved();
        _recordedExpiry = write.Record.ExpiresAt;
        Volatile.Write(ref _recorded, true);
        return null;
    }

    private async ValueTask<OutcomeMessage> VerifyAsync()
    {
        SortSegments();
        await _hasher.AdvanceAsync(_assembler.Durable, _segments, during: null).ConfigureAwait(false);
        var digest = _hasher.Finish();
        if (_assembler.Open?.Sha256 is not { } announced || announced == digest)
        {
            return Outcome(OutcomeState.Committed, null) with { Sha256 = digest };
        }

        var mismatch = new ProtocolError(
            ErrorCode.DigestMismatch, ErrorScope.Message, $"SHA-256 of the {_assembler.Size} bytes is {digest}, {announced} was announced");
        return Outcome(OutcomeState.Rejected, mismatch) with { Sha256 = digest };
    }

    private async ValueTask<OutcomeMessage?> WriteEndAsync(OutcomeMessage outcome)
    {
        var committed = outcome.State == OutcomeState.Committed;
        if (!committed)
        {
            _segments.Clear();
        }

        var channel = _assembler.Open?.Channel ?? WireProtocol.DefaultChannel;
        var plan = committed ? new DeliveryPlan(channel, _context.Deliveries.SinksOf(channel), _context.Time.GetUtcNow()) : null;
        await _context.Store.WriteAsync(_key, Epoch, new MessageWrite(_segments, Record(outcome, plan), plan)).ConfigureAwait(false);
        Volatile.Write(ref _recorded, true);
        if (committed)
        {
            StoredReserved();
            _context.Deliveries.Committed(channel);
        }

        return outcome;
    }

    private MessageRecord Record(OutcomeMessage? outcome, DeliveryPlan? plan) => new()
    {
        CreatedAt = _deadline.CreatedAt,
        ExpiresAt = outcome is null ? ExpiresAt : _context.Time.GetUtcNow().AddSeconds(_context.Limits.RetentionSeconds),
        Size = _assembler.Size,
        Durable = outcome is null or { State: OutcomeState.Committed } ? _assembler.DurableAfterWrite() : [],
        Open = _assembler.Open,
        Outcome = outcome,
        Delivery = plan?.Sinks.Any(SinkNames.IsBinding) == true ? DeliveryState.Pending : DeliveryState.None,
    };

    private void Answer(List<SessionCall> calls, int count)
    {
        var ack = _assembler.Ack(ExpiresAt);
        for (var index = 0; index < count; index++)
        {
            calls[index].Answer(ack);
        }
    }

    /// <summary>Nothing of this round is durable: every call that took part is told to send again.</summary>
    private void Fail(List<SessionCall> calls, int count, StoreException failure)
    {
        // Whatever the sender does now is in vain: its silence cannot count.
        _deadline.SignOfLife(_context.Time.GetUtcNow());
        RefreshDeadline();
        ReleaseReserved();
        _assembler.Withdraw();
        _hasher.Reset();
        var error = new ProtocolError(ErrorCode.NotDurable, ErrorScope.Message, $"not stored, send it again: {failure.Message}")
        {
            Id = _key.Id,
            Retryable = true,
            RetryAfterMs = RetryAfterMs,
        };
        for (var index = 0; index < count; index++)
        {
            if (calls[index].Step != SessionStep.Status)
            {
                calls[index].WasTaken = false;
                calls[index].Refuse(error);
            }
            else if (IsPristine)
            {
                LookElsewhere(calls[index]);
            }
        }

        Answer(calls, count);
    }

    /// <summary>Of nothing there is nothing to say, nor to end: whoever asks finds in the store what there is.</summary>
    private void LookElsewhere(SessionCall call) => call.TrySetException(new FencedException(_key, Epoch));

    private OutcomeMessage Outcome(OutcomeState state, ProtocolError? error) => new()
    {
        Id = _key.Id,
        State = state,
        Size = _assembler.Size,
        Error = error is null ? null : ErrorDetail.From(error),
    };

    private void SortSegments() => _segments.Sort(static (left, right) => left.Offset.CompareTo(right.Offset));

    private void RefreshDeadline() => Volatile.Write(ref _expiresAtTicks, _deadline.ExpiresAt(_assembler.Open).UtcTicks);

    private ProtocolError Expired()
    {
        var longest = Math.Min(_assembler.Open?.TtlSeconds ?? _context.Limits.MessageSeconds, _context.Limits.MessageSeconds);
        var age = (_context.Time.GetUtcNow() - _deadline.CreatedAt).TotalSeconds;
        return new ProtocolError(
            ErrorCode.Expired,
            ErrorScope.Message,
            $"open for {age:0} s; a message expires {_context.Limits.IdleSeconds} s after its last chunk and {longest} s after its first");
    }

    private ProtocolError QuotaExceeded(in Chunk chunk)
        => new(ErrorCode.QuotaExceeded, ErrorScope.Message, $"chunk {chunk.Header.Sequence} does not fit into the storage set aside for payloads: send it again later")
        {
            Id = _key.Id,
            Retryable = true,
            RetryAfterMs = RetryAfterMs,
            Limit = new LimitDetail("storeBytes", _context.Quota.MaxBytes, _context.Quota.UsedBytes + chunk.Payload.Length, "node"),
        };
}
