using Reassembly.Protocol;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>The server does not know this id: never opened, or its outcome is older than the retention time.</summary>
public sealed class UnknownMessageException : ReassemblyException
{
    public UnknownMessageException(MessageId id, string message, ProtocolError? error = null, Exception? innerException = null)
        : base(message, error, innerException)
    {
        Id = id;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }
}
