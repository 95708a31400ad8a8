using Reassembly.Core.Routing;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Core.Messages;

/// <summary>
/// Owns one open message: runs the steps of its <see cref="MessageAssembler"/> against the store.
/// <para>Calls wait in a mailbox. A round takes all that wait, looks at each, and makes one store write of what they brought
/// (group commit); their tasks complete when that write is durable, while the next round's calls gather. So there is one write
/// at a time, and no lock is held over any of it.</para>
/// <para>A session ends with its outcome; or when a newer owner fences it, or it steps down for one; or when its mailbox is empty and nothing was ever stored of
/// its message, so that refused chunks of made-up ids leave nothing behind. Calls after that get the outcome, or a
/// <see cref="FencedException"/> that tells the caller to ask for the owner anew.</para>
/// </summary>
public sealed class MessageSession : IThreadPoolWorkItem, IDisposable
{
    // Timers have a range; a deadline further away is looked at again on the way.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private static readonly TimeSpan RetryEnd = TimeSpan.FromSeconds(1);

    // A message whose time seems over may have been taken over for a sender that is just going on: what it brings comes first.
    private static readonly TimeSpan FirstCall = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SessionContext _context;
    private readonly MessageKey _key;
    private readonly MessageDeadline _deadline;
    private readonly SessionRound _round;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource<Receipt> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<SessionCall> _waiting = new(1);
    private List<SessionCall> _taken = new(1);
    private bool _running;
    private bool _leaving;
    private bool _closed;
    private DateTimeOffset _timerDue;

    private MessageSession(MessageKey key, MessageClaim claim, SessionContext context)
    {
        _key = key;
        _context = context;
        _deadline = new MessageDeadline(context.Limits, claim.Record, context.Time.GetUtcNow(), context.ServingSince);
        _round = new SessionRound(key, claim, context, _deadline);
        _timer = context.Time.CreateTimer(static session => ((MessageSession)session!).OnDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        // Set once the field is: the deadline of a message that lay for long may have passed already.
        ArmTimer(FirstCall);
    }

    /// <summary>Completes with the outcome, or fails with <see cref="FencedException"/> when a newer owner took over.</summary>
    public Task<Receipt> Ended => _ended.Task;

    /// <summary>Whether nothing of the message was ever recorded: it then ends without a trace.</summary>
    public bool WasNeverStored => _round.IsPristine;

    /// <summary>Of the claim: a newer owner has a higher one.</summary>
    public long Epoch => _round.Epoch;

    /// <summary>Claims a message and becomes its owner, unless it has ended already.</summary>
    /// <param name="key">The message.</param>
    /// <param name="context">What the node's sessions share.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The session, or the outcome of a message that has ended.</returns>
    /// <exception cref="StoreException">The store cannot say.</exception>
    public static async ValueTask<(MessageSession? Session, OutcomeMessage? Outcome)> ActivateAsync(
        MessageKey key, SessionContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var now = context.Time.GetUtcNow();
        var initial = new MessageRecord { CreatedAt = now, ExpiresAt = now.AddSeconds(context.Limits.IdleSeconds) };
        var claim = await context.Store.ClaimAsync(key, initial, cancellationToken).ConfigureAwait(false);
        return claim.Record?.Outcome is { } outcome ? (null, outcome) : (new MessageSession(key, claim, context), null);
    }

    /// <summary>Takes chunks; completes once their bytes are durable or refused. Their memory stays the caller's and is not touched afterwards.</summary>
    public Task<Receipt> AppendAsync(IReadOnlyList<Chunk> chunks) => Post(new SessionCall(SessionStep.Append) { Chunks = chunks });

    /// <summary>Takes what the sender says of the message.</summary>
    public Task<Receipt> OpenAsync(OpenMessage open) => Post(new SessionCall(SessionStep.Open) { Open = open });

    /// <summary>Says where the message stands.</summary>
    /// <exception cref="FencedException">The session has ended, or nothing of the message is stored: the store knows what there is.</exception>
    public Task<Receipt> StatusAsync() => Post(new SessionCall(SessionStep.Status));

    /// <summary>Gives the message up.</summary>
    /// <exception cref="FencedException">As for <see cref="StatusAsync"/>.</exception>
    public Task<Receipt> AbortAsync() => Post(new SessionCall(SessionStep.Abort));

    /// <summary>
    /// Gives the message to whoever claims it next: the write under way is finished, and every later call is told to ask for the
    /// owner anew. <see cref="Ended"/> completes once that is done.
    /// </summary>
    public void StepDown()
    {
        lock (_gate)
        {
            _leaving = true;
            if (_closed || _running)
            {
                return;
            }

            _closed = true;
        }

        Close(null, new FencedException(_key, _round.Epoch));
    }

    public void Dispose()
    {
        _timer.Dispose();
        _round.Dispose();
    }

    /// <summary>The mailbox has work: runs rounds until it is empty.</summary>
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private Task<Receipt> Post(SessionCall call)
    {
        var start = false;
        lock (_gate)
        {
            if (_closed)
            {
                return Ended;
            }

            _waiting.Add(call);
            if (!_running)
            {
                start = _running = true;
            }
        }

        if (start)
        {
            // Not on the caller's thread, which has a socket to read.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return call.Task;
    }

    private async Task RunAsync()
    {
        bool isOver;
        while (TakeWaiting(out isOver))
        {
            try
            {
                var end = await _round.RunAsync(_taken).ConfigureAwait(false);
                if (end is not null)
                {
                    Close(end, null);
                    return;
                }

                PutBackUnfinished();
                if (_round.ExpiresAt < _timerDue)
                {
                    ArmTimer();
                }
            }
            catch (FencedException fenced)
            {
                CoreLog.SteppedDown(_context.Logger, _key, fenced.Epoch);
                Close(null, fenced);
                return;
            }
            catch (Exception fault)
            {
                // A fault of ours must not leave callers waiting for ever: the session ends, the store knows what is durable.
                CoreLog.SessionFault(_context.Logger, _key, fault);
                Close(null, new FencedException(_key, _round.Epoch));
                return;
            }
        }

        // Only what was found on leaving the mailbox counts: a call may have started the next run since, and that may be ending.
        if (isOver)
        {
            Close(null, new FencedException(_key, _round.Epoch));
        }
    }

    private bool TakeWaiting(out bool isOver)
    {
        isOver = false;
        lock (_gate)
        {
            _taken.Clear();
            if (_leaving || _waiting.Count == 0)
            {
                _running = false;
                isOver = _closed = _leaving || _round.IsPristine;
                return false;
            }

            (_waiting, _taken) = (_taken, _waiting);
            return true;
        }
    }

    private void PutBackUnfinished()
    {
        var unfinished = _taken.FindIndex(static call => !call.Task.IsCompleted);
        if (unfinished >= 0)
        {
            lock (_gate)
            {
                _waiting.InsertRange(0, _taken.GetRange(unfinished, _taken.Count - unfinished));
            }
        }
    }

    private void Close(OutcomeMessage? outcome, FencedException? fenced)
    {
        List<SessionCall> late;
        lock (_gate)
        {
            _closed = true;
            late = [.. _taken, .. _waiting];
            _waiting.Clear();
        }

        Dispose();

        // Before anybody is answered: who is sent elsewhere must not find this session once more.
        if (outcome is not null)
        {
            _ended.TrySetResult(Receipt.Of(outcome));
        }
        else
        {
            _ended.TrySetException(fenced!);
            _ = _ended.Task.Exception;
        }

        foreach (var call in late)
        {
            if (outcome is not null)
            {
                call.Answer(outcome);
            }
            else
            {
                call.TrySetException(fenced!);
            }
        }
    }

    private void OnDeadline()
    {
        if (_context.Time.GetUtcNow() < _round.ExpiresAt)
        {
            ArmTimer();
            return;
        }

        // Comes again should the store fail to record the end now.
        _timer.Change(RetryEnd, Timeout.InfiniteTimeSpan);
        _ = Post(new SessionCall(SessionStep.Expire));
    }

    /// <summary>A deadline that moves on is found when the timer fires; only one that comes nearer needs the timer set anew.</summary>
    private void ArmTimer(TimeSpan atLeast = default)
    {
        lock (_gate)
        {
            var now = _context.Time.GetUtcNow();
            var due = _round.ExpiresAt;
            due = due < now + atLeast ? now + atLeast : due > now + LongestWait ? now + LongestWait : due;
            _timerDue = due;
            _timer.Change(due - now, Timeout.InfiniteTimeSpan);
        }
    }
}
