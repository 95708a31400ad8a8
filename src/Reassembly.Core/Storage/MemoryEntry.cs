namespace Reassembly.Core.Storage;

/// <summary>One entry of the ledger in memory.</summary>
internal sealed class MemoryEntry(MessageKey key, string sink, string channel, long committed, DateTimeOffset since)
{
    public MessageKey Key => key;

    public string Sink => sink;

    public string Channel => channel;

    /// <summary>The place of the message's commit among all.</summary>
    public long Committed => committed;

    public DateTimeOffset Since => since;

    public int Attempt { get; set; }

    public bool IsTaken { get; set; }

    /// <summary>What whoever settles it must give.</summary>
    public Guid? Claim { get; set; }

    /// <summary>Not before it waits; until then it is taken.</summary>
    public DateTimeOffset Due { get; set; } = DateTimeOffset.MinValue;

    /// <summary>Why the last attempt of a dead letter failed.</summary>
    public string? Reason { get; set; }

    public bool IsDead => Reason is not null;

    public bool IsDueAt(DateTimeOffset now) => !IsDead && Due <= now;
}
