using Reassembly.Testing.Receiving;

namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>A message comes again only where somebody who had it in hand was killed.</summary>
internal sealed class RepeatCheck(ReceiptCheck receipts, IReadOnlyList<Outage> outages)
{
    private const int MostUnseen = 3;

    /// <summary>Attempts after the first that a kill explains.</summary>
    public int Explained { get; private set; }

    /// <summary>
    /// Second attempts without a kill of messages whose first nobody saw: the answer to the take was lost, as when the database is too slow
    /// to give it. More than a few are faults.
    /// </summary>
    public int Unseen { get; private set; }

    /// <summary>Those that no kill explains, each as a sentence.</summary>
    public IReadOnlyList<string> Run()
    {
        var faults = new List<string>();
        foreach (var group in receipts.Deliveries.GroupBy(static delivery => (delivery.Message, delivery.To.Target)))
        {
            var deliveries = group.OrderBy(static delivery => delivery.Attempt).ThenBy(static delivery => delivery.At).ToList();
            for (var index = 0; index < deliveries.Count; index++)
            {
                var before = index == 0 ? null : deliveries[index - 1];
                if (before?.Attempt == deliveries[index].Attempt)
                {
                    faults.Add($"{Tell(deliveries[index])} came twice, before that at {before.At:O} to {before.To.Name}");
                }
                else if (deliveries[index].Attempt > 1)
                {
                    Check(deliveries[index], before, faults);
                }
            }
        }

        return faults;
    }

    private void Check(Delivery delivery, Delivery? before, List<string> faults)
    {
        if (outages.Any(outage => Explains(outage, delivery, before)))
        {
            Explained++;
        }
        else if (before is null && delivery.Attempt == 2 && Unseen < MostUnseen)
        {
            Unseen++;
        }
        else
        {
            faults.Add($"{Tell(delivery)} was sent at {delivery.Message.StartedAt:O} and {Tell(before)}; nobody was killed who had it");
        }
    }

    /// <summary>Where the attempt before was seen, only those count that had it; otherwise all that might have.</summary>
    private static bool Explains(Outage outage, Delivery delivery, Delivery? before)
    {
        if (before?.Attempt != delivery.Attempt - 1)
        {
            return outage.Touches(delivery.Message.StartedAt, delivery.At) && (outage.Target == KillTarget.Node || outage.Target == delivery.To.Target);
        }

        // A receiver that tells only what it has done may have begun at any time since the message was sent.
        var since = before.Receipt.Kind == ReceiptKind.Began ? before.At : before.Message.StartedAt;
        return outage.Touches(since, delivery.At) && (outage.Target == KillTarget.Node
            ? before.Receipt.Node is null || before.Receipt.Node == outage.Name
            : outage.Process == before.Receipt.Process);
    }

    private static string Tell(Delivery? delivery)
        => delivery is null ? "no attempt before was seen" : $"attempt {delivery.Attempt} of {delivery.Message.Id} to {delivery.To.Name} at {delivery.At:O} from {delivery.Receipt.Node ?? "some node"}";
}
