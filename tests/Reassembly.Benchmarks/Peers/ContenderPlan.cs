namespace Reassembly.Benchmarks.Peers;

/// <summary>One of those that are compared, before it runs.</summary>
/// <param name="Name">As the report calls it.</param>
/// <param name="Sender">What its sender runs on.</param>
/// <param name="IsOurs">Whether the others with such a sender are compared with it; there is one of each kind.</param>
/// <param name="Missing">Why it cannot run here; null where it can.</param>
/// <param name="StartAsync">Starts it in a folder of its own.</param>
internal sealed record ContenderPlan(string Name, Sender Sender, bool IsOurs, string? Missing, Func<string, Payload, Task<Contender>> StartAsync);
