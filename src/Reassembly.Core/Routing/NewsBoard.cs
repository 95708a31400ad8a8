using System.Collections.Concurrent;

namespace Reassembly.Core.Routing;

/// <summary>Wakes those who wait for something to happen to a message that has no session on this node.</summary>
internal sealed class NewsBoard
{
    private readonly ConcurrentDictionary<MessageKey, TaskCompletionSource> _waiting = new();

    /// <summary>Completes at the next news of a message. Who is done waiting posts some, so that nothing is kept.</summary>
    public Task Next(MessageKey key)
        => _waiting.GetOrAdd(key, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Post(MessageKey key)
    {
        if (_waiting.TryRemove(key, out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    public void PostAll()
    {
        foreach (var key in _waiting.Keys)
        {
            Post(key);
        }
    }
}
