using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>No endpoint could be reached, or none would talk to us, for as long as the give-up time.</summary>
public sealed class ConnectionFailedException : ReassemblyException
{
    public ConnectionFailedException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    public ConnectionFailedException(string message, ProtocolError? error, Exception? innerException)
        : base(message, error, innerException)
    {
    }

    /// <summary>Whether trying again is pointless: the endpoint answered, and the answer was no.</summary>
    public bool IsFinal { get; init; }
}
