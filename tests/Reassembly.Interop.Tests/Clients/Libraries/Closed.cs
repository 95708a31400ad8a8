namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>How a connection was closed.</summary>
internal sealed record Closed(int Code, string Reason);
