using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Core.Storage;

/// <summary>What the catalogue knows of a message. Immutable; each write replaces the whole record.</summary>
public sealed record MessageRecord
{
    /// <summary>First sign of the message.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>While open: when it expires unless more arrives. Once ended: until when the outcome is kept.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Size of the whole in bytes, once known.</summary>
    public long? Size { get; init; }

    /// <summary>The durable bytes: ascending, disjoint, not touching. Empty where the payload was dropped.</summary>
    public IReadOnlyList<ByteRange> Durable { get; init; } = [];

    /// <summary>What the sender said of the message, once it has.</summary>
    public OpenMessage? Open { get; init; }

    /// <summary>How it ended; null while it is open. Never changes once set.</summary>
    public OutcomeMessage? Outcome { get; init; }

    /// <summary>Whether it still has to be handed on.</summary>
    public DeliveryState Delivery { get; init; }
}
