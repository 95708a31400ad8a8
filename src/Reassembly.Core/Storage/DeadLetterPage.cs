namespace Reassembly.Core.Storage;

/// <summary>Some of the dead letters of a channel.</summary>
/// <param name="Letters">Lowest commit first, those of one message by the name of the sink.</param>
/// <param name="Next">Where the next page begins; null where this one is not full.</param>
public sealed record DeadLetterPage(IReadOnlyList<DeadLetter> Letters, DeadLetterPlace? Next);
