using Reassembly.Protocol;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>The server lost bytes that the source cannot give a second time. Send from a seekable stream or from memory, or start again under a new id.</summary>
public sealed class SourceNotReplayableException : ReassemblyException
{
    public SourceNotReplayableException(MessageId id, string message, ProtocolError? error = null, Exception? innerException = null)
        : base(message, error, innerException)
    {
        Id = id;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }
}
