namespace Reassembly.Testing.Receiving;

/// <summary>What a receiver wrote down.</summary>
public enum ReceiptKind
{
    /// <summary>A message has begun to arrive.</summary>
    Began,

    /// <summary>A message is there whole and as announced; the answer that says so follows.</summary>
    Has,

    /// <summary>Something came that must not come.</summary>
    Fault,
}
