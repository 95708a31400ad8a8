namespace Reassembly.Core.Storage;

/// <summary>Who is to get a message that is being committed.</summary>
/// <param name="Channel">The message's channel.</param>
/// <param name="Sinks">The names of its sinks, each once.</param>
/// <param name="Since">When it was committed, by the clock of its owner.</param>
public sealed record DeliveryPlan(string Channel, IReadOnlyList<string> Sinks, DateTimeOffset Since);
