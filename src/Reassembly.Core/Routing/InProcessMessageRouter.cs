using System.Runtime.CompilerServices;
using Reassembly.Core.Limits;
using Reassembly.Core.Messages;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Routing;

/// <summary>
/// Routes to sessions in this process: the embedded default. Adds nothing to what <see cref="MessageSession"/> does but finding it, and
/// finding it again when it stepped down meanwhile. Nodes that share a store may each have one: a chunk makes its node the owner, and
/// whoever owned the message before is fenced.
/// </summary>
public sealed class InProcessMessageRouter : IMessageRouter, IDisposable
{
    /// <summary>How often an owner may be lost under one call before the sender is asked to send again: some seconds, with the pauses between.</summary>
    private const int MaxOwnersPerCall = 12;

    private const int RetryAfterMs = 1000;

    /// <summary>How long the end of a message may go unnoticed whose owner is elsewhere and whose news got lost: seldom, since every edge asks for every open message.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Where chunks of one message come to several nodes at once, each takes it from the others, and without a pause none might own it for
    /// as long as a write takes.
    /// </summary>
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(500));

    /// <summary>How often a store that is out of service is asked again.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    private readonly SessionContext _context;
    private readonly SessionDirectory _sessions;

    /// <param name="context">What the sessions of this node share.</param>
    /// <param name="gate">Counts the open messages.</param>
    /// <param name="catalogue">Asked once for what is open already.</param>
    public InProcessMessageRouter(SessionContext context, OpenMessageGate gate, IMessageCatalogue catalogue)
    {
        _context = context;
        _sessions = new SessionDirectory(context, gate, catalogue);
    }

    public ValueTask<Receipt> AppendAsync(MessageKey key, IReadOnlyList<Chunk> chunks, CancellationToken cancellationToken)
        => CallAsync(key, session => session.AppendAsync(chunks), cancellationToken);

    public async ValueTask<Receipt> OpenAsync(MessageKey key, OpenMessage open, CancellationToken cancellationToken)
    {
        var receipt = await CallAsync(key, session => session.OpenAsync(open), cancellationToken).ConfigureAwait(false);
        if (!_sessions.IsShared || receipt is not { Ack: not null, Errors: [] })
        {
            return receipt;
        }

        // A repeated open writes nothing, so that an owner which was overtaken is not fenced by it: the record says what is true.
        // While the store is away nobody knows whether the owner still is one.
        return await FindAsync(key, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<Receipt> StatusAsync(MessageKey key, CancellationToken cancellationToken)
        => _sessions.IsShared
            // Not from a session: one that was overtaken and has not heard of it would ask for bytes that its successor acked.
            ? FindAsync(key, cancellationToken)
            : AskAsync(key, static session => session.StatusAsync(), claims: true, cancellationToken);

    public ValueTask<Receipt> AbortAsync(MessageKey key, CancellationToken cancellationToken)
        => AskAsync(key, static session => session.AbortAsync(), claims: true, cancellationToken);

    public async Task<Receipt> WhenEndedAsync(MessageKey key, CancellationToken cancellationToken)
        => await AskOwnerAsync(key, session => session.Ended.WaitAsync(cancellationToken)).ConfigureAwait(false)
            ?? await WaitForNewsOfEndAsync(key, cancellationToken).ConfigureAwait(false);

    public async ValueTask WakeAsync(MessageKey key, CancellationToken cancellationToken)
    {
        if (_sessions.Find(key) is null && await _context.Store.FindAsync(key, cancellationToken).ConfigureAwait(false) is { Outcome: null })
        {
            await _sessions.ActivateAsync(key, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the owner that lives here go, if there is one: what it has under way is finished, and the next call makes another.</summary>
    public async Task ReleaseAsync(MessageKey key)
    {
        if (_sessions.Find(key) is { } session)
        {
            session.StepDown();
            await ((Task)session.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _sessions.Forget(key, session);
        }
    }

    public void Dispose() => _sessions.Dispose();

    /// <summary>
    /// Asks the owner of a message without ever beginning one: an owner that is gone may have been one of nothing, so the store is
    /// asked before another is made.
    /// </summary>
    private async ValueTask<Receipt> AskAsync(
        MessageKey key, Func<MessageSession, Task<Receipt>> question, bool claims, CancellationToken cancellationToken)
    {
        if (await AskOwnerAsync(key, question).ConfigureAwait(false) is { } answer)
        {
            return answer;
        }

        var found = await FindAsync(key, cancellationToken).ConfigureAwait(false);
        return claims && found.Ack is not null ? await CallAsync(key, question, cancellationToken).ConfigureAwait(false) : found;
    }

    /// <summary>Waits where the message has no session yet, or its owner may be another node. Takes it from nobody.</summary>
    private async Task<Receipt> WaitForNewsOfEndAsync(MessageKey key, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                // Before the look: what happens between the two is not missed.
                var news = _sessions.NextNews(key);
                var found = await AskAsync(key, session => session.Ended.WaitAsync(cancellationToken), claims: !_sessions.IsShared, cancellationToken).ConfigureAwait(false);
                var isOutOfService = found.Errors is [{ Code: ErrorCode.NotDurable }];
                if (found.Ack is null && !isOutOfService)
                {
                    return found;
                }

                await news.WaitAsync(isOutOfService ? RetryInterval : PollInterval, _context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            _sessions.Post(key);
        }
    }

    /// <summary>Asks the session that lives here; null where there is none, or it stepped down.</summary>
    private async ValueTask<Receipt?> AskOwnerAsync(MessageKey key, Func<MessageSession, Task<Receipt>> question)
    {
        if (_sessions.Find(key) is not { } session)
        {
            return null;
        }

        try
        {
            return await question(session).ConfigureAwait(false);
        }
        catch (FencedException)
        {
            _sessions.Forget(key, session);
            return null;
        }
    }

    /// <summary>What the store knows: an ack while the message is open, its outcome, or that it is not known.</summary>
    private async ValueTask<Receipt> FindAsync(MessageKey key, CancellationToken cancellationToken)
    {
        try
        {
            var record = await _context.Store.FindAsync(key, cancellationToken).ConfigureAwait(false);
            return record is null ? Receipt.Refused(Unknown(key.Id))
                : record.Outcome is { } outcome ? Receipt.Of(outcome)
                : Receipt.Of(RecordedStatus.Ack(key, record, _context));
        }
        catch (StoreException failure)
        {
            return Receipt.Refused(NotDurable(key.Id, failure.Message));
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Receipt> CallAsync(MessageKey key, Func<MessageSession, Task<Receipt>> call, CancellationToken cancellationToken)
    {
        for (var owner = 0; owner < MaxOwnersPerCall; owner++)
        {
            // The first one that was lost may have been lost long ago, and its place be free.
            if (owner > 1)
            {
                await Task.Delay(Pauses.After(owner - 1), _context.Time, cancellationToken).ConfigureAwait(false);
            }

            MessageSession? session = null;
            try
            {
                var activation = await _sessions.ActivateAsync(key, cancellationToken).ConfigureAwait(false);
                session = activation.Session;
                if (session is null)
                {
                    return activation.Outcome is { } outcome ? Receipt.Of(outcome) : Receipt.Refused(activation.Refusal!);
                }

                return await call(session).ConfigureAwait(false);
            }
            catch (FencedException)
            {
                // The owner stepped down before it took the call: ask the next one.
                _sessions.Forget(key, session!);
            }
            catch (StoreException failure)
            {
                return Receipt.Refused(NotDurable(key.Id, failure.Message));
            }
        }

        return Receipt.Refused(NotDurable(key.Id, "its owner changed too often meanwhile"));
    }

    private static ProtocolError Unknown(MessageId id)
        => new(ErrorCode.UnknownMessage, ErrorScope.Message, "this id is not known here: it was never sent, or it ended longer ago than outcomes are kept") { Id = id };

    private static ProtocolError NotDurable(MessageId id, string reason)
        => new(ErrorCode.NotDurable, ErrorScope.Message, $"not stored, send it again: {reason}") { Id = id, Retryable = true, RetryAfterMs = RetryAfterMs };
}
