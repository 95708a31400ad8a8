using Reassembly.Protocol;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>The message was aborted, here or by another holder of its id. Send it again under a new id.</summary>
public sealed class MessageAbortedException : ReassemblyException
{
    public MessageAbortedException(MessageId id, string message, ProtocolError? error = null, Exception? innerException = null)
        : base(message, error, innerException)
    {
        Id = id;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }
}
