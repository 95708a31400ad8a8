namespace Reassembly.Core.Storage;

/// <summary>Whether a committed message has been handed on.</summary>
public enum DeliveryState
{
    /// <summary>Not committed, or nobody takes deliveries here.</summary>
    None = 0,

    /// <summary>Committed, and at least one sink does not have it yet.</summary>
    Pending = 1,

    /// <summary>Every sink has it.</summary>
    Delivered = 2,
}
