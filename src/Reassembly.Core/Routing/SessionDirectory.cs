using System.Collections.Concurrent;
using Reassembly.Core.Limits;
using Reassembly.Core.Messages;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Routing;

/// <summary>The sessions that live in this process, one a message at most; activates them when asked for and forgets them when they end.</summary>
internal sealed class SessionDirectory(SessionContext context, OpenMessageGate gate, IMessageCatalogue catalogue)
{
    private const int RetryAfterMs = 1000;

    private readonly ConcurrentDictionary<MessageKey, Lazy<Task<Activation>>> _slots = new();
    private readonly Lock _loadGate = new();
    private Task? _load;

    /// <summary>The live session of a message, activated where there is none; or what ended it, or why there can be none now.</summary>
    /// <exception cref="StoreException">The store cannot say.</exception>
    public async ValueTask<Activation> ActivateAsync(MessageKey key, CancellationToken cancellationToken)
    {
        if (!_slots.TryGetValue(key, out var slot))
        {
            // Started outside the dictionary's lock, and once; never with one caller's token, since others wait for it too.
            slot = _slots.GetOrAdd(key, static (key, directory) => new Lazy<Task<Activation>>(() => directory.StartAsync(key)), this);
        }

        return await slot.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The live session of a message, or null.</summary>
    public MessageSession? Find(MessageKey key)
        => _slots.TryGetValue(key, out var slot) && slot.IsValueCreated && slot.Value.IsCompletedSuccessfully ? slot.Value.Result.Session : null;

    /// <summary>Lets a session go that has ended or stepped down; one that has taken its place stays.</summary>
    public void Forget(MessageKey key, MessageSession session)
    {
        if (_slots.TryGetValue(key, out var slot) && slot.Value.IsCompletedSuccessfully && slot.Value.Result.Session == session)
        {
            _slots.TryRemove(new KeyValuePair<MessageKey, Lazy<Task<Activation>>>(key, slot));
        }
    }

    private async Task<Activation> StartAsync(MessageKey key)
    {
        Activation? activation = null;
        try
        {
            await LoadOnceAsync().ConfigureAwait(false);
            activation = await ClaimAsync(key).ConfigureAwait(false);
            return activation;
        }
        finally
        {
            if (activation?.Session is { } session)
            {
                _ = ForgetWhenEndedAsync(key, session, activation.CountsAsOpen);
            }
            else
            {
                _slots.TryRemove(key, out _);
            }
        }
    }

    private async ValueTask<Activation> ClaimAsync(MessageKey key)
    {
        // Looked at before claiming: an ended message, and one too many, cost one look and no epoch.
        var record = await context.Store.FindAsync(key, CancellationToken.None).ConfigureAwait(false);
        if (record?.Outcome is { } ended)
        {
            return new Activation(null, ended, null);
        }

        var isNew = record is null;
        if (isNew && !gate.TryEnter())
        {
            return new Activation(null, null, TooManyOpen(key.Id));
        }

        try
        {
            var (session, outcome) = await MessageSession.ActivateAsync(key, context, CancellationToken.None).ConfigureAwait(false);
            if (session is null && isNew)
            {
                gate.Leave();
            }

            return new Activation(session, outcome, null) { CountsAsOpen = session is not null };
        }
        catch (StoreException) when (isNew)
        {
            gate.Leave();
            throw;
        }
    }

    private async Task ForgetWhenEndedAsync(MessageKey key, MessageSession session, bool countsAsOpen)
    {
        // Its result is for those who asked; here only the end counts, with an outcome or without.
        await ((Task)session.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (_slots.TryGetValue(key, out var slot))
        {
            // A session past its deadline may end before the call that activated it has returned: its slot cannot be told from others until then.
            await ((Task)slot.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Forget(key, session);
        if (countsAsOpen && (session.Ended.IsCompletedSuccessfully || session.WasNeverStored))
        {
            gate.Leave();
        }
    }

    private Task LoadOnceAsync()
    {
        lock (_loadGate)
        {
            // Tried again after a failure: the store may be back.
            return _load is null || _load.IsFaulted ? _load = LoadAsync() : _load;
        }
    }

    private async Task LoadAsync()
    {
        var usage = await catalogue.GetUsageAsync(CancellationToken.None).ConfigureAwait(false);
        gate.Load(usage.OpenMessages);
        context.Quota.Refresh(usage.PayloadBytes);
    }

    private ProtocolError TooManyOpen(MessageId id)
        => new(ErrorCode.TooManyOpen, ErrorScope.Message, $"{gate.MaxOpen} messages are open already: finish or abort some, or send again later")
        {
            Id = id,
            Retryable = true,
            RetryAfterMs = RetryAfterMs,
            Limit = new LimitDetail("openMessages", gate.MaxOpen, gate.Open + 1L, "node"),
        };

    /// <summary>What came of asking for a session: exactly one of the three.</summary>
    internal sealed record Activation(MessageSession? Session, OutcomeMessage? Outcome, ProtocolError? Refusal)
    {
        public bool CountsAsOpen { get; init; }
    }
}
