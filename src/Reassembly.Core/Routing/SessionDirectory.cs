using System.Collections.Concurrent;
using Reassembly.Core.Limits;
using Reassembly.Core.Messages;
using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Core.Routing;

/// <summary>
/// The sessions that live in this process, one a message at most; activates them when asked for and forgets them when they end. Where the
/// store is shared they step down as soon as another node takes their message over.
/// </summary>
internal sealed class SessionDirectory : IStoreListener, IDisposable
{
    private const int RetryAfterMs = 1000;

    private readonly SessionContext _context;
    private readonly OpenMessageGate _gate;
    private readonly IMessageCatalogue _catalogue;
    private readonly IDisposable? _subscription;
    private readonly ConcurrentDictionary<MessageKey, Lazy<Task<Activation>>> _slots = new();
    private readonly NewsBoard _news = new();
    private readonly Lock _loadGate = new();
    private Task? _load;

    public SessionDirectory(SessionContext context, OpenMessageGate gate, IMessageCatalogue catalogue)
    {
        _context = context;
        _gate = gate;
        _catalogue = catalogue;
        _subscription = (context.Store as ISharedStore)?.Subscribe(this);
    }

    /// <summary>Whether messages may have their owner on another node.</summary>
    public bool IsShared => _subscription is not null;

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

    /// <summary>
    /// Lets a session go that has ended or stepped down; one that has taken its place stays, and so does one that only had nothing to say: it
    /// may have been given a first chunk since.
    /// </summary>
    public void Forget(MessageKey key, MessageSession session)
    {
        if (_slots.TryGetValue(key, out var slot) && slot.Value.IsCompletedSuccessfully && slot.Value.Result.Session == session && session.Ended.IsCompleted)
        {
            _slots.TryRemove(new KeyValuePair<MessageKey, Lazy<Task<Activation>>>(key, slot));
        }
    }

    /// <summary>Completes when a message gets a session here, or something happens to it elsewhere. Say <see cref="Post"/> when done waiting.</summary>
    public Task NextNews(MessageKey key) => _news.Next(key);

    public void Post(MessageKey key) => _news.Post(key);

    void IStoreListener.Claimed(MessageKey key, long epoch)
    {
        if (_slots.TryGetValue(key, out var slot) && slot.IsValueCreated)
        {
            _ = StepDownBelowAsync(slot.Value, epoch);
        }
    }

    void IStoreListener.Ended(MessageKey key)
    {
        // A session that is just writing this outcome ends with it all the same.
        Find(key)?.StepDown();
        _news.Post(key);
    }

    void IStoreListener.NewsLost()
    {
        foreach (var key in _slots.Keys)
        {
            Find(key)?.StepDown();
        }

        _news.PostAll();
    }

    public void Dispose() => _subscription?.Dispose();

    /// <summary>The news may be faster than the answer to the claim that it overtakes.</summary>
    private static async Task StepDownBelowAsync(Task<Activation> starting, long epoch)
    {
        await ((Task)starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (starting.IsCompletedSuccessfully && starting.Result.Session is { } session && session.Epoch < epoch)
        {
            session.StepDown();
        }
    }

    private async Task<Activation> StartAsync(MessageKey key)
    {
        Activation? activation = null;
        try
        {
            if (!IsShared || _context.Quota.MaxBytes > 0)
            {
                // Counting what many nodes share may take long, and only a quota needs it.
                await LoadOnceAsync().ConfigureAwait(false);
            }

            activation = await ClaimAsync(key).ConfigureAwait(false);
            return activation;
        }
        finally
        {
            if (activation?.Session is { } session)
            {
                _ = ForgetWhenEndedAsync(key, session);
                _news.Post(key);
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
        var record = await _context.Store.FindAsync(key, CancellationToken.None).ConfigureAwait(false);
        if (record?.Outcome is { } ended)
        {
            return new Activation(null, ended, null);
        }

        var isNew = record is null;
        if (isNew && !_gate.TryEnter())
        {
            return new Activation(null, null, TooManyOpen(key.Id));
        }

        // What a store of this node alone held at the start is counted already; what comes from another node counts from here on.
        var isCountedHere = isNew || IsShared;
        if (isCountedHere && !isNew)
        {
            _gate.Load(1);
        }

        MessageSession? session = null;
        try
        {
            (session, var outcome) = await MessageSession.ActivateAsync(key, _context, CancellationToken.None).ConfigureAwait(false);
            return new Activation(session, outcome, null);
        }
        finally
        {
            if (session is null && isCountedHere)
            {
                _gate.Leave();
            }
        }
    }

    private async Task ForgetWhenEndedAsync(MessageKey key, MessageSession session)
    {
        // Its result is for those who asked; here only the end counts, with an outcome or without.
        await ((Task)session.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (_slots.TryGetValue(key, out var slot))
        {
            // A session past its deadline may end before the call that activated it has returned: its slot cannot be told from others until then.
            await ((Task)slot.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Forget(key, session);
        if (IsShared || session.Ended.IsCompletedSuccessfully || session.WasNeverStored)
        {
            _gate.Leave();
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
        await _context.Quota.RefreshAsync(async () =>
        {
            var usage = await _catalogue.GetUsageAsync(CancellationToken.None).ConfigureAwait(false);
            if (!IsShared)
            {
                _gate.Load(usage.OpenMessages);
            }

            return usage.PayloadBytes;
        }).ConfigureAwait(false);
    }

    private ProtocolError TooManyOpen(MessageId id)
        => new(ErrorCode.TooManyOpen, ErrorScope.Message, $"{_gate.MaxOpen} messages are open already: finish or abort some, or send again later")
        {
            Id = id,
            Retryable = true,
            RetryAfterMs = RetryAfterMs,
            Limit = new LimitDetail("openMessages", _gate.MaxOpen, _gate.Open + 1L, "node"),
        };

    /// <summary>What came of asking for a session: exactly one of the three.</summary>
    internal sealed record Activation(MessageSession? Session, OutcomeMessage? Outcome, ProtocolError? Refusal);
}
