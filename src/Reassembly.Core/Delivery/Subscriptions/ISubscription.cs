namespace Reassembly.Core.Delivery.Subscriptions;

/// <summary>A subscription, which ends with its disposal; what its subscriber has in hand then, it may still answer.</summary>
public interface ISubscription : IDisposable
{
    /// <summary>Sets how many messages may be on their way at once; those that are count.</summary>
    void SetCredit(int inFlight);
}
