using Reassembly.Protocol;

namespace Reassembly.Benchmarks.Load;

/// <summary>A message that reached a subscriber whole.</summary>
/// <param name="Id">The message.</param>
/// <param name="FirstByteAt">When the first bytes of its first chunk were there, as a timestamp of <see cref="TimeProvider.System"/>.</param>
/// <param name="Sha256">Of the bytes that came; they are those that the server announced.</param>
/// <param name="Attempt">The attempt that the server says it is.</param>
internal readonly record struct Arrival(MessageId Id, long FirstByteAt, string Sha256, long Attempt);
