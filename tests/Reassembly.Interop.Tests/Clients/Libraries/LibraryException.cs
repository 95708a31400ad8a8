namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>The library, or the client over it, could not do what was asked; its own words are the message.</summary>
internal sealed class LibraryException(string message) : Exception(message);
