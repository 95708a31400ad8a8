using Reassembly.Protocol;
using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>The bytes at the server are not the bytes of this payload: another size or digest. Nothing is wrong with the connection; the id belongs to other bytes, or the source changed.</summary>
public sealed class PayloadMismatchException : ReassemblyException
{
    public PayloadMismatchException(MessageId id, string message, ProtocolError? error = null, Exception? innerException = null)
        : base(message, error, innerException)
    {
        Id = id;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }
}
