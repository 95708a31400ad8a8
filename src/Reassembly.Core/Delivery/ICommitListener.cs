namespace Reassembly.Core.Delivery;

/// <summary>Says who is to get what is committed, and hears of commits, so that delivery need not wait for a poll.</summary>
public interface ICommitListener
{
    /// <summary>The names of the sinks that are to get what is committed to a channel.</summary>
    IReadOnlyList<string> SinksOf(string channel);

    /// <summary>A message was committed to a channel. Returns at once; may forget: polling finds what it missed.</summary>
    void Committed(string channel);
}
