namespace Reassembly.Core.Delivery;

/// <summary>Hears of commits, so that delivery need not wait for a poll.</summary>
public interface ICommitListener
{
    /// <summary>Whether anybody takes deliveries here: what is committed meanwhile is recorded as pending.</summary>
    bool WantsDeliveries { get; }

    /// <summary>A message was committed. Returns at once; may forget: polling finds what it missed.</summary>
    void Committed(MessageKey key);
}
