namespace Reassembly.Core.Storage;

/// <summary>The right to write a message until somebody claims it after this.</summary>
/// <param name="Epoch">Goes with every write; higher than that of any claim before.</param>
/// <param name="Record">What is recorded so far; null for a message that nothing was written of.</param>
public sealed record MessageClaim(long Epoch, MessageRecord? Record);
