using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Ranges;
using Reassembly.Testing;

namespace Reassembly.Cluster.Tests.Sending;

/// <summary>
/// One message of a storm: what it should come to, and all that any node ever said of it. What breaks a promise goes to the ledger.
/// Safe for concurrent use: a message may be sent over several connections at once.
/// </summary>
internal sealed class Upload
{
    private readonly Lock _gate = new();
    private readonly AckBook _book = new();
    private readonly HashSet<string> _nodes = [];
    private readonly SentPayload _sent;
    private readonly Ledger _ledger;
    private byte[]? _payload;

    public Upload(Ledger ledger, UploadPlan plan, int seed, int size)
    {
        _ledger = ledger;
        _sent = new SentPayload(MessageId.NewVersion7(TimeProvider.System.GetUtcNow()), seed, size);
        _payload = _sent.Bytes();
        Plan = plan;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(_payload));
        ledger.Add(this);
    }

    public MessageId Id => _sent.Id;

    public int Size => _sent.Size;

    public UploadPlan Plan { get; }

    public string Sha256 { get; }

    /// <summary>Kept while its sender is at it, and made again after that: a long storm sends more than memory holds.</summary>
    public byte[] Payload => _payload ?? _sent.Bytes();

    public OutcomeMessage? Outcome { get; private set; }

    /// <summary>Whether its sender may have been told by nobody how it ended.</summary>
    public bool IsInDoubt { get; set; }

    public long AckedBytes
    {
        get
        {
            lock (_gate)
            {
                return _book.Acked.Bytes;
            }
        }
    }

    /// <summary>Whether the sender has nothing more to do.</summary>
    public bool IsOver => Outcome is not null || IsUnknown;

    /// <summary>Whether the cluster knows nothing of it, and never said that it has anything.</summary>
    public bool IsUnknown { get; private set; }

    /// <summary>Whether its sender sends no byte again that was acked: it can end well only if none is lost.</summary>
    public bool NeverRepeats { get; set; }

    /// <summary>When its sender began, or a byte was acked that was not before, as a timestamp of the clock.</summary>
    public long LastProgress { get; private set; } = TimeProvider.System.GetTimestamp();

    /// <summary>How many nodes acked bytes of it, as far as its sender knows one from the other.</summary>
    public int Nodes => _nodes.Count;

    /// <summary>Its sender is done with it, with an outcome or without.</summary>
    public void Leave() => _payload = null;

    public void Hear(AckMessage ack, string from)
    {
        lock (_gate)
        {
            _nodes.Add(from);
            if (Outcome is null && _book.TakenBack(ack) is not null)
            {
                // It may have been on its way for long, or come from an owner that does not know yet that it is none. That the bytes are
                // there is seen at the end: a sender that never repeats what was acked cannot finish without them.
                _ledger.CountStaleAck();
            }

            var acked = _book.Acked.Bytes;
            _book.Add(ack);
            if (_book.Acked.Bytes > acked)
            {
                LastProgress = TimeProvider.System.GetTimestamp();
            }
        }
    }

    public void Hear(OutcomeMessage outcome, string from)
    {
        lock (_gate)
        {
            if (Outcome is not null && Outcome != outcome)
            {
                _ledger.Fault($"message {Id} ended as {Outcome}, and now as {outcome} ({from})");
            }

            if (Outcome is null)
            {
                Outcome = outcome;
                if (!IsExpected(outcome))
                {
                    _ledger.Fault($"message {Id} ({Plan}, {Size} bytes, SHA-256 {Sha256}, {_book.Acked.Bytes} bytes acked) ended as {outcome} ({from})");
                }
            }
        }
    }

    /// <summary>A node does not know the message.</summary>
    /// <param name="ackedWhenAsked">The bytes that were acked when it was asked.</param>
    /// <param name="from">Who says so.</param>
    public void HearUnknown(long ackedWhenAsked, string from)
    {
        if (ackedWhenAsked > 0 || Outcome is not null)
        {
            _ledger.Fault($"message {Id} ({Plan}) is not known ({from}): {ackedWhenAsked} bytes of it were acked, its outcome was {Outcome}");
        }
    }

    /// <summary>The sender leaves it at that: nobody ever had a byte of it.</summary>
    public void GiveUpUnknown() => IsUnknown = true;

    /// <summary>What is not acked of the bytes below an offset.</summary>
    public List<ByteRange> Gaps(int below)
    {
        var gaps = new List<ByteRange>();
        lock (_gate)
        {
            _book.Acked.Gaps(new ByteRange(0, below), gaps);
        }

        return gaps;
    }

    private bool IsExpected(OutcomeMessage outcome) => outcome.State switch
    {
        OutcomeState.Committed => (Plan == UploadPlan.Commit || IsInDoubt) && (outcome.Size, outcome.Sha256) == (Size, Sha256),
        OutcomeState.Rejected => (Plan, outcome.Error?.Code) is (UploadPlan.TooBig, ErrorCode.MessageTooBig) or (UploadPlan.WrongDigest, ErrorCode.DigestMismatch),

        // Nobody keeps a message alive that is to be given up.
        OutcomeState.Expired => Plan is UploadPlan.Abandon or UploadPlan.Abort,
        OutcomeState.Aborted => Plan == UploadPlan.Abort,
        _ => false,
    };
}
