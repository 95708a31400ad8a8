namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>
/// Who gets several messages of a channel gets them in the order of their commits, where none of them was tried before. Of two messages that
/// is known where one was sent after the outcome of the other was seen.
/// </summary>
internal sealed class OrderCheck(ReceiptCheck receipts)
{
    /// <summary>Deliveries whose message was surely committed after that of the one before.</summary>
    public int Ordered { get; private set; }

    /// <param name="kind">Of the receivers to look at.</param>
    /// <returns>What came out of order, each as a sentence.</returns>
    public IReadOnlyList<string> Run(KillTarget kind)
    {
        var faults = new List<string>();
        var first = receipts.Deliveries.Where(delivery => delivery.Attempt == 1 && delivery.To.Target == kind);
        foreach (var channel in first.GroupBy(static delivery => delivery.Message.Channel))
        {
            // Who receives alone receives all, over all its starts; among several each of them has an order only while it lives.
            var isAlone = channel.DistinctBy(static delivery => delivery.To).Count() == 1;
            foreach (var sequence in channel.GroupBy(delivery => isAlone ? 0 : delivery.Receipt.Process))
            {
                Check(sequence, faults);
            }
        }

        return faults;
    }

    private void Check(IEnumerable<Delivery> sequence, List<string> faults)
    {
        Delivery? latest = null;
        foreach (var delivery in sequence)
        {
            if (latest is not null && delivery.Message.IsSurelyBefore(latest.Message))
            {
                faults.Add($"{delivery.Message.Id} of {delivery.Message.Channel}, sent at {delivery.Message.StartedAt:O}, came to {delivery.To.Name} at {delivery.At:O}, after {latest.Message.Id}, sent at {latest.Message.StartedAt:O}");
                continue;
            }

            Ordered += latest?.Message.IsSurelyBefore(delivery.Message) == true ? 1 : 0;
            latest = latest is null || delivery.Message.Started > latest.Message.Started ? delivery : latest;
        }
    }
}
