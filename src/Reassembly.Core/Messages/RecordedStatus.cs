using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;

namespace Reassembly.Core.Messages;

/// <summary>
/// Where an open message stands by its record alone. So a question claims nothing: whoever asks at another node than the sender's
/// must not take the message from its owner.
/// </summary>
internal static class RecordedStatus
{
    public static AckMessage Ack(MessageKey key, MessageRecord record, SessionContext context)
    {
        var deadline = new MessageDeadline(context.Limits, record, context.Time.GetUtcNow(), context.ServingSince);
        return new MessageAssembler(key.Id, context.Limits, record).Ack(deadline.ExpiresAt(record.Open));
    }
}
