using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>A limit that was found, and who has it.</summary>
/// <param name="By">Who refuses; <see langword="null"/> where it cannot be told.</param>
/// <param name="IsAnotherHop">Whether it is somebody else than the one that ends the WebSocket.</param>
/// <param name="Stated">The limit in bytes as the refusal itself tells it.</param>
/// <param name="Why">Why it is that one, in a sentence.</param>
internal sealed record Finding(Measure Measure, Library? By, bool IsAnotherHop, Certainty Certainty, long? Stated, string Why);
