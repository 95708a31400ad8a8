namespace Reassembly.Core.Storage;

/// <summary>Whether a committed message has been handed on.</summary>
public enum DeliveryState
{
    /// <summary>Not committed; or no sink is configured for it, and no subscriber had it so far.</summary>
    None = 0,

    /// <summary>Committed, and at least one configured sink does not have it yet, or it is a dead letter: it is kept.</summary>
    Pending = 1,

    /// <summary>Every configured sink has it, or where there is none, a subscriber.</summary>
    Delivered = 2,
}
