namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>What came of a payload.</summary>
/// <param name="Id">Of its message.</param>
/// <param name="State">Of its outcome.</param>
/// <param name="Size">As the server has it, in bytes.</param>
/// <param name="Sha256">As the server has it.</param>
/// <param name="Source">SHA-256 of what was given to the sender, computed apart from it.</param>
/// <param name="Connections">How many the client opened; 0 where it does not tell.</param>
internal sealed record Sent(string Id, string State, long Size, string Sha256, string Source, int Connections);
