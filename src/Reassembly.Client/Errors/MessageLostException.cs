using Reassembly.Protocol;

namespace Reassembly.Client.Errors;

/// <summary>
/// A message in hand is this receiver's no longer: its connection was lost, or the server ended the delivery. It will be delivered
/// again, here or elsewhere, under the same id. Let go of it and go on receiving.
/// </summary>
public sealed class MessageLostException : ReassemblyException
{
    public MessageLostException(MessageId id, string reason, Exception? innerException = null)
        : base($"message {id} is lost here and will be delivered again: {reason}", innerException)
    {
        Id = id;
    }

    /// <summary>The message concerned.</summary>
    public MessageId Id { get; }
}
