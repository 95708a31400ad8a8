namespace Reassembly.Core.Storage;

/// <summary>A message that was taken for a sink, to be handed on once.</summary>
/// <param name="Key">The message.</param>
/// <param name="Sink">The sink's name.</param>
/// <param name="Attempt">1 for the first.</param>
/// <param name="Claim">The token of the claim under which it was taken for a time; null where the node that took it has it.</param>
public readonly record struct DeliveryAttempt(MessageKey Key, string Sink, int Attempt, Guid? Claim = null);
