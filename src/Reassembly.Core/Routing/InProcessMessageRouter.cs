using Reassembly.Core.Limits;
using Reassembly.Core.Messages;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Routing;

/// <summary>
/// Routes to sessions in this process: the embedded default. Adds nothing to what <see cref="MessageSession"/> does but finding it, and
/// finding it again when it stepped down meanwhile.
/// </summary>
public sealed class InProcessMessageRouter : IMessageRouter
{
    /// <summary>How often an owner may be lost under one call before the sender is asked to send again.</summary>
    private const int MaxOwnersPerCall = 5;

    private const int RetryAfterMs = 1000;

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

    public ValueTask<Receipt> OpenAsync(MessageKey key, OpenMessage open, CancellationToken cancellationToken)
        => CallAsync(key, session => session.OpenAsync(open), cancellationToken);

    public ValueTask<Receipt> StatusAsync(MessageKey key, CancellationToken cancellationToken)
        => AskAsync(key, static session => session.StatusAsync(), cancellationToken);

    public ValueTask<Receipt> AbortAsync(MessageKey key, CancellationToken cancellationToken)
        => AskAsync(key, static session => session.AbortAsync(), cancellationToken);

    public async Task<Receipt> WhenEndedAsync(MessageKey key, CancellationToken cancellationToken)
        => await AskAsync(key, session => session.Ended.WaitAsync(cancellationToken), cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Asks the owner of a message without ever beginning one: an owner that is gone may have been one of nothing, so each time the
    /// store is asked before another is made.
    /// </summary>
    private async ValueTask<Receipt> AskAsync(MessageKey key, Func<MessageSession, Task<Receipt>> question, CancellationToken cancellationToken)
    {
        if (_sessions.Find(key) is { } session)
        {
            try
            {
                return await question(session).ConfigureAwait(false);
            }
            catch (FencedException)
            {
                _sessions.Forget(key, session);
            }
        }

        return await FindEndAsync(key, cancellationToken).ConfigureAwait(false)
            ?? await CallAsync(key, question, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Null while the store has the message open; otherwise its outcome, or that it is not known.</summary>
    private async ValueTask<Receipt?> FindEndAsync(MessageKey key, CancellationToken cancellationToken)
    {
        try
        {
            var record = await _context.Store.FindAsync(key, cancellationToken).ConfigureAwait(false);
            return record is null ? Receipt.Refused(Unknown(key.Id)) : record.Outcome is { } outcome ? Receipt.Of(outcome) : null;
        }
        catch (StoreException failure)
        {
            return Receipt.Refused(NotDurable(key.Id, failure.Message));
        }
    }

    private async ValueTask<Receipt> CallAsync(MessageKey key, Func<MessageSession, Task<Receipt>> call, CancellationToken cancellationToken)
    {
        for (var owner = 0; owner < MaxOwnersPerCall; owner++)
        {
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
