namespace Reassembly.Core.Storage;

/// <summary>
/// An ability of stores that several nodes write to at once: it tells each node what the others did to messages, soon and usually.
/// What is true stays in the records, and who may write is decided by their epochs: this only saves a node from finding out late.
/// </summary>
public interface ISharedStore
{
    /// <summary>Tells a listener of everything from now on, one call at a time, until the result is disposed.</summary>
    IDisposable Subscribe(IStoreListener listener);
}

/// <summary>Hears what happens to messages in a shared store, on this node or another. Its calls return at once and do not throw.</summary>
public interface IStoreListener
{
    /// <summary>A message was claimed with this epoch: whoever owned it with a lower one does so no more.</summary>
    void Claimed(MessageKey key, long epoch);

    /// <summary>A message has its outcome.</summary>
    void Ended(MessageKey key);

    /// <summary>Messages were committed to a channel, or are to be handed on again.</summary>
    void Committed(string channel)
    {
    }

    /// <summary>News may have been missed: anything may have happened to any message.</summary>
    void NewsLost();
}
