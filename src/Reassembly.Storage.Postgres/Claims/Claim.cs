using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Postgres.Payload;

namespace Reassembly.Storage.Postgres.Claims;

/// <summary>
/// A message that this node may write until somebody claims it after, and what of it is in the database. Its one write under way
/// is the only one to change it.
/// </summary>
/// <param name="key">The message.</param>
/// <param name="no">Its number in the database.</param>
/// <param name="epoch">Of the claim.</param>
/// <param name="owner">This node's number when it claimed.</param>
internal sealed class Claim(MessageKey key, long no, long epoch, long owner)
{
    private volatile bool _isDoubtful;
    private volatile bool _isRecorded;
    private long _turns;

    public MessageKey Key => key;

    public long No => no;

    public long Epoch => epoch;

    public long Owner => owner;

    /// <summary>
    /// A write ended in a way that leaves open whether it was done. Nothing may be written on top of that: this claim is over, and the
    /// next one reads what is true.
    /// </summary>
    public bool IsDoubtful
    {
        get => _isDoubtful;
        set => _isDoubtful = value;
    }

    /// <summary>Whether the message has a record.</summary>
    public bool IsRecorded => _isRecorded;

    /// <summary>The durable ranges.</summary>
    public IReadOnlyList<ByteRange> Durable { get; private set; } = [];

    /// <summary>The description in the database, by reference, so that it is not written again with each write.</summary>
    public OpenMessage? Open { get; private set; }

    /// <summary>Durable bytes.</summary>
    public long StoredBytes { get; private set; }

    /// <summary>Where the bytes lie; for payloads in files.</summary>
    public Extents Extents { get; set; } = Extents.None;

    /// <summary>Whether this claim's file is durably there; for payloads in files.</summary>
    public bool HasFile { get; set; }

    /// <summary>Counts the writes.</summary>
    public long NextTurn() => ++_turns;

    public void Remember(MessageRecord record, long storedBytes)
    {
        Durable = storedBytes > 0 ? record.Durable : [];
        Open = record.Open;
        StoredBytes = storedBytes;
        _isRecorded = true;
    }
}
