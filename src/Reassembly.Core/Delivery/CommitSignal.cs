using System.Collections.Concurrent;
using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Joins sessions with those who hand payloads on: says for whom a commit is, and wakes them, whether the commit was made here or, where
/// nodes share a store, on another node.
/// </summary>
public sealed class CommitSignal : ICommitListener, IStoreListener, IDisposable
{
    private readonly IReadOnlyList<IDeliverySink> _sinks;
    private readonly IDisposable? _subscription;
    private readonly ConcurrentDictionary<Action<string?>, byte> _woken = new();

    /// <param name="sinks">The sinks of this host.</param>
    /// <param name="store">Tells of commits on other nodes, if it can.</param>
    public CommitSignal(IEnumerable<IDeliverySink> sinks, IMessageStore store)
    {
        _sinks = [.. sinks];
        _subscription = (store as ISharedStore)?.Subscribe(this);
    }

    public IReadOnlyList<string> SinksOf(string channel)
        => [.. _sinks.Where(sink => sink.Takes(channel)).Select(static sink => sink.Name), SinkNames.Subscribers(channel)];

    public void Committed(string channel) => Wake(channel);

    /// <summary>Calls somebody at each commit, with its channel, or with null where it may be any; until the result is disposed. The call returns at once.</summary>
    public IDisposable Subscribe(Action<string?> woken)
    {
        _woken.TryAdd(woken, 0);
        return new Subscription(this, woken);
    }

    void IStoreListener.Claimed(MessageKey key, long epoch)
    {
        // Whose it is matters to sessions only.
    }

    void IStoreListener.Ended(MessageKey key)
    {
        // A commit is told by its channel, too.
    }

    void IStoreListener.NewsLost() => Wake(null);

    public void Dispose() => _subscription?.Dispose();

    private void Wake(string? channel)
    {
        foreach (var (woken, _) in _woken)
        {
            woken(channel);
        }
    }

    private sealed class Subscription(CommitSignal signal, Action<string?> woken) : IDisposable
    {
        public void Dispose() => signal._woken.TryRemove(woken, out _);
    }
}
