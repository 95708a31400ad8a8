namespace Reassembly.Core.Messages;

/// <summary>
/// Lets one message of a node at a time read stored bytes back for its digest beside its writes. When a node takes over what another had,
/// all of its messages have something to read back, and none of it is as urgent as the acks that their senders wait for.
/// </summary>
internal sealed class ReadBackGate
{
    private int _isTaken;

    /// <returns>Whether the caller may read, and says <see cref="Leave"/> afterwards.</returns>
    public bool TryEnter() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public void Leave() => Volatile.Write(ref _isTaken, 0);
}
