using Reassembly.Core.Routing;
using Reassembly.Protocol.Control;

namespace Reassembly.Grains.Routing;

/// <summary>Makes one receipt of those of several calls under way at once.</summary>
internal static class Receipts
{
    /// <summary>All errors, and the answer that knows most: an outcome, otherwise the ack with the most durable bytes.</summary>
    public static Receipt Merge(IReadOnlyList<Receipt> receipts)
    {
        var answer = receipts.Select(static receipt => receipt.Answer).OfType<OutcomeMessage>().FirstOrDefault()
            ?? (ServerMessage?)receipts.Select(static receipt => receipt.Ack).OfType<AckMessage>().MaxBy(static ack => (ack.Durable, -ack.Missing.Sum(static range => range.Length)));
        return new Receipt(answer, [.. receipts.SelectMany(static receipt => receipt.Errors)]);
    }
}
