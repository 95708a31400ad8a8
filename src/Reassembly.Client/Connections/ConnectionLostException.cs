namespace Reassembly.Client.Connections;

/// <summary>The connection under a write is gone. Never leaves this library: whoever wrote goes on with the next connection.</summary>
internal sealed class ConnectionLostException(string message, Exception? innerException) : Exception(message, innerException);
