using Reassembly.Core;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Ranges;
using Reassembly.Storage.Disk.Catalogue;
using Reassembly.Storage.Disk.Claims;
using Reassembly.Storage.Files.Records;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>One write on its way through both stages.</summary>
/// <param name="owner">Of its claim.</param>
/// <param name="epoch">Of its claim.</param>
/// <param name="write">What to write.</param>
/// <param name="verifyPayload">Called before a message ends whose payload stays; throws where its file does not reach so far.</param>
internal sealed class WriteJob(Owner owner, long epoch, MessageWrite write, Action<MessageKey, long> verifyPayload) : CatalogueJob
{
    private long _storedBytes;

    public Owner Owner => owner;

    public MessageKey Key => owner.Key;

    public long Epoch => epoch;

    public MessageWrite Write => write;

    public bool IsStale => owner.Epoch != epoch;

    /// <summary>The message ends otherwise than committed: its payload goes.</summary>
    public bool DropsPayload => write.Record.Outcome is { State: not OutcomeState.Committed };

    /// <summary>The payload goes to the catalogue with its record, and to no file.</summary>
    public bool IsSmall { get; } = SmallPayload.Takes(write, owner.HasFile);

    public override void Apply(CatalogueStatements statements)
    {
        if (IsStale)
        {
            throw new FencedException(Key, epoch);
        }

        var record = write.Record;
        IReadOnlyList<ByteRange> durable = DropsPayload ? [] : record.Durable;
        _storedBytes = RangeCodec.TotalBytes(durable);
        if (record.Outcome is not null && _storedBytes > 0 && !IsSmall)
        {
            verifyPayload(Key, durable[^1].To);
        }

        var ranges = RangeCodec.Encode(durable);
        if (owner.HasRow && record.Outcome is null && ReferenceEquals(owner.Open, record.Open))
        {
            statements.Progress(Key, epoch, record, _storedBytes, ranges);
        }
        else if (statements.Put(Key, epoch, record, _storedBytes, ranges) is { } committed)
        {
            if (IsSmall)
            {
                statements.PutSmall(committed, SmallPayload.BytesOf(write));
            }

            if (write.Deliveries is { } plan)
            {
                statements.Ledger.Add(Key, committed, plan);
            }
        }
    }

    public override void Committed(UsageCounter usage)
    {
        var opened = owner.HasRow ? 0 : 1;
        var ended = write.Record.Outcome is null ? 0 : 1;
        usage.Add(opened - ended, _storedBytes - owner.StoredBytes);
        owner.Remember(write.Record, _storedBytes);
    }
}
