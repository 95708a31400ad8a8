namespace Reassembly.Core.Storage;

/// <summary>A message that was dropped because its retention is over.</summary>
/// <param name="Key">The message.</param>
/// <param name="WasUndelivered">Whether it was committed and no sink ever had it.</param>
public readonly record struct PurgedMessage(MessageKey Key, bool WasUndelivered);
