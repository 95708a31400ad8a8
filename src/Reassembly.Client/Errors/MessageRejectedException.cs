using Reassembly.Protocol;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>The server refused the message for good; <see cref="ReassemblyException.Error"/> says why. Sending the same again gets the same answer.</summary>
public sealed class MessageRejectedException : ReassemblyException
{
    public MessageRejectedException(MessageId id, string message, ProtocolError? error = null, Exception? innerException = null)
        : base(message, error, innerException)
    {
        Id = id;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }
}
