namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>What ran: the library with its version, and what it ran on.</summary>
internal sealed record LibraryVersion(string Library, string Runtime);
