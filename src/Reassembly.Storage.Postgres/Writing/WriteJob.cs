using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Files.Records;
using Reassembly.Storage.Postgres.Claims;
using Reassembly.Storage.Postgres.Payload;

namespace Reassembly.Storage.Postgres.Writing;

/// <summary>One write on its way into a transaction, with its columns made on the caller's thread. Its task completes when it is durable.</summary>
internal sealed class WriteJob : TaskCompletionSource, IDisposable
{
    // Null leaves the description as it is; this takes it away.
    private static readonly byte[] NoDescription = [];

    private readonly MessageRecord _record;
    private readonly ChunkRows? _rows;

    /// <param name="claim">Under which it writes.</param>
    /// <param name="write">What is true once it is durable.</param>
    /// <param name="rows">The bytes that go into the database; disposed with this.</param>
    /// <param name="extents">Where the bytes lie; where the payload goes, which files go.</param>
    public WriteJob(Claim claim, MessageWrite write, ChunkRows? rows, Extents extents)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Claim = claim;
        Turn = claim.NextTurn();
        var record = _record = write.Record;
        _rows = rows;
        Deliveries = record.Outcome is { State: OutcomeState.Committed } ? write.Deliveries : null;
        DropsPayload = record.Outcome is { State: not OutcomeState.Committed };
        var durable = DropsPayload ? [] : record.Durable;
        StoredBytes = RangeCodec.TotalBytes(durable);
        Ranges = RangeCodec.Encode(durable);
        Extents = extents;
        Open = ReferenceEquals(claim.Open, record.Open) ? null : record.Open is null ? NoDescription : ControlBytes.Write(record.Open);
        Outcome = record.Outcome is null ? null : ControlBytes.Write(record.Outcome);
    }

    public Claim Claim { get; }

    /// <summary>Which write of its claim it is.</summary>
    public long Turn { get; }

    public MessageRecord Record => _record;

    /// <summary>Who is to get the message that this write commits.</summary>
    public DeliveryPlan? Deliveries { get; }

    public bool DropsPayload { get; }

    public long StoredBytes { get; }

    public byte[] Ranges { get; }

    /// <summary>Where the bytes lie; where the payload goes, which files go.</summary>
    public Extents Extents { get; }

    public byte[]? Open { get; }

    public byte[]? Outcome { get; }

    /// <summary>As the column has it: 0 open, else the outcome plus one.</summary>
    public short State => _record.Outcome is { } outcome ? (short)(outcome.State + 1) : (short)0;

    public IReadOnlyList<Segment> Rows => _rows?.Rows ?? [];

    public int Bytes => _rows?.Bytes ?? 0;

    public void Dispose() => _rows?.Dispose();
}
