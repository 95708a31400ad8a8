namespace Reassembly.Core.Storage;

/// <summary>One write: bytes and the record that is true once they are durable.</summary>
/// <param name="Segments">Ascending by offset, disjoint; may be empty. The list and its memory stay the caller's.</param>
/// <param name="Record">Replaces the record.</param>
/// <param name="Deliveries">Who is to get the message; only with a record that commits it.</param>
public sealed record MessageWrite(IReadOnlyList<Segment> Segments, MessageRecord Record, DeliveryPlan? Deliveries = null);

/// <summary>Bytes and their place in the message.</summary>
public readonly record struct Segment(long Offset, ReadOnlyMemory<byte> Bytes);
