namespace Reassembly.Client.Sending;

/// <summary>Where a send stands.</summary>
/// <param name="Kind">What made this report.</param>
/// <param name="DurableBytes">Every byte below it is durable at the server.</param>
/// <param name="SentBytes">Every byte below it has been sent at least once.</param>
/// <param name="TotalBytes">Size of the message, once known.</param>
/// <param name="Detail">For anything but <see cref="SendProgressKind.Bytes"/>: what happened, one line for a person.</param>
public readonly record struct SendProgress(SendProgressKind Kind, long DurableBytes, long SentBytes, long? TotalBytes, string? Detail);
