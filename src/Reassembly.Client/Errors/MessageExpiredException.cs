using Reassembly.Protocol;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>The server gave the message up because its idle or total time ran out. Send it again under a new id.</summary>
public sealed class MessageExpiredException : ReassemblyException
{
    public MessageExpiredException(MessageId id, string message, ProtocolError? error = null, Exception? innerException = null)
        : base(message, error, innerException)
    {
        Id = id;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }
}
