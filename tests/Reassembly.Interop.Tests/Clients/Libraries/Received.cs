namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>A message that came.</summary>
/// <param name="Sha256">As it was announced.</param>
/// <param name="Body">SHA-256 of the bytes that came out, computed apart from the client.</param>
internal sealed record Received(string Id, long Size, string Sha256, string Body, int Attempt);
