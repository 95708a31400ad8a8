namespace Reassembly.Core.Storage;

/// <summary>A message that a sink did not take in all its attempts.</summary>
/// <param name="Key">The message.</param>
/// <param name="Sink">The sink's name.</param>
/// <param name="Attempts">How many attempts there were.</param>
/// <param name="Reason">Why the last one failed.</param>
/// <param name="Since">When the message was committed.</param>
public sealed record DeadLetter(MessageKey Key, string Sink, int Attempts, string Reason, DateTimeOffset Since);
