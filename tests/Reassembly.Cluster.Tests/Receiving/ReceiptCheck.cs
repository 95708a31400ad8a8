using Reassembly.Testing.Receiving;

namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>Compares what the receivers wrote down with what the senders know.</summary>
internal sealed class ReceiptCheck
{
    private readonly Dictionary<string, SentMessage> _sent;
    private readonly List<(IStormReceiver To, Receipt Receipt)> _receipts;

    public ReceiptCheck(IEnumerable<SentMessage> sent, IEnumerable<IStormReceiver> receivers)
    {
        _sent = sent.ToDictionary(static message => message.Id, StringComparer.Ordinal);
        _receipts = [.. receivers.SelectMany(static receiver => receiver.Receipts.Select(receipt => (receiver, receipt)))];
        Deliveries = [.. _receipts
            .Where(static one => one.Receipt.Kind != ReceiptKind.Fault && (one.To is CliReceiver ? one.Receipt.Attempt > 0 : one.Receipt.Kind == ReceiptKind.Began))
            .Where(one => _sent.ContainsKey(one.Receipt.Id))
            .Select(one => new Delivery(one.To, _sent[one.Receipt.Id], one.Receipt))];
    }

    public IReadOnlyCollection<SentMessage> Sent => _sent.Values;

    /// <summary>Every delivery that was seen, those of a receiver in their order.</summary>
    public IReadOnlyList<Delivery> Deliveries { get; }

    /// <summary>What was received whole: each time, by whom.</summary>
    public IEnumerable<(IStormReceiver To, Receipt Receipt)> Had => _receipts.Where(static one => one.Receipt.Kind == ReceiptKind.Has);

    /// <summary>Messages that no receiver of a kind has.</summary>
    public IReadOnlyList<SentMessage> Missing(KillTarget kind)
    {
        var had = Had.Where(one => one.To.Target == kind).Select(static one => one.Receipt.Id).ToHashSet(StringComparer.Ordinal);
        return [.. Sent.Where(message => !had.Contains(message.Id))];
    }

    /// <summary>How often a receiver of a kind had a message whole that one of its kind had before.</summary>
    public int Repeats(KillTarget kind)
        => Had.Where(one => one.To.Target == kind).GroupBy(static one => one.Receipt.Id).Sum(static group => group.Count() - 1)
            + _receipts.Select(static one => one.To).Distinct().OfType<CliReceiver>().Where(cli => cli.Target == kind).Sum(static cli => cli.Repeats);

    /// <summary>Deliveries that their receiver had begun and not done when it was killed.</summary>
    public int CaughtInHand(IEnumerable<Outage> outages)
    {
        var killed = outages.Where(static outage => outage.Target != KillTarget.Node).Select(static outage => outage.Process).ToHashSet();
        return _receipts.Where(one => one.To is not CliReceiver && killed.Contains(one.Receipt.Process))
            .GroupBy(static one => (one.Receipt.Process, one.Receipt.Id))
            .Count(static group => group.All(static one => one.Receipt.Kind == ReceiptKind.Began));
    }

    /// <summary>Everything that came and should not have: by the receiver's own word, or other bytes than were sent.</summary>
    public IEnumerable<string> Faults()
        => _receipts.Select(one => FaultIn(one.Receipt) is { } fault ? $"{one.To.Name}: {fault}" : null).OfType<string>();

    private string? FaultIn(Receipt receipt)
    {
        if (receipt.Kind == ReceiptKind.Fault)
        {
            return receipt.Text;
        }

        if (!_sent.TryGetValue(receipt.Id, out var sent))
        {
            return $"message {receipt.Id} came, which nobody has sent";
        }

        return receipt.Channel != sent.Channel ? $"message {receipt.Id} of channel {sent.Channel} came from {receipt.Channel}"
            : receipt.Kind == ReceiptKind.Has && (receipt.Size, receipt.Sha256) != (sent.Size, sent.Sha256)
                ? $"message {receipt.Id} came with {receipt.Size} bytes of SHA-256 {receipt.Sha256}, sent were {sent.Size} of {sent.Sha256}"
                : null;
    }
}
