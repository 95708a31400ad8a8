using System.Collections.Concurrent;
using Reassembly.Core;
using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>The entries that this node has taken for as long as it lives, and somebody here works on.</summary>
internal sealed class TakenBook
{
    private readonly ConcurrentDictionary<(MessageKey Key, string Sink), int> _attempts = new();

    public void Add(DeliveryAttempt delivery) => _attempts[(delivery.Key, delivery.Sink)] = delivery.Attempt;

    /// <summary>The attempt is over, whatever came of it. One that gives the token of a claim is none of those here: whoever guessed the number of one of these must not end it.</summary>
    public void Remove(DeliveryAttempt delivery)
    {
        if (delivery.Claim is null)
        {
            _attempts.TryRemove(new KeyValuePair<(MessageKey, string), int>((delivery.Key, delivery.Sink), delivery.Attempt));
        }
    }

    public bool Holds(DeliveryAttempt delivery) => _attempts.TryGetValue((delivery.Key, delivery.Sink), out var attempt) && attempt == delivery.Attempt;
}
