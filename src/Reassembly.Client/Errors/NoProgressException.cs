using Reassembly.Protocol;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>The server was reached, but no byte became durable for as long as the give-up time; <see cref="ReassemblyException.Error"/> is the last thing it said.</summary>
public sealed class NoProgressException : ReassemblyException
{
    public NoProgressException(MessageId id, string message, ProtocolError? error = null, Exception? innerException = null)
        : base(message, error, innerException)
    {
        Id = id;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }
}
