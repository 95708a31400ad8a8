namespace Reassembly.Client.Connections;

/// <summary>The server broke the protocol: the connection ends, as after any other failure of it, and the next one begins anew.</summary>
internal sealed class ServerViolationException(string message) : IOException(message);
