namespace Reassembly.Core.Storage;

/// <summary>A message that was taken for a sink, to be handed on once.</summary>
/// <param name="Key">The message.</param>
/// <param name="Sink">The sink's name.</param>
/// <param name="Attempt">1 for the first.</param>
public readonly record struct DeliveryAttempt(MessageKey Key, string Sink, int Attempt);
