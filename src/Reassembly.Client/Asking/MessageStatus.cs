using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Client.Asking;

/// <summary>Where a message stands at the server.</summary>
public sealed record MessageStatus
{
    public required MessageId Id { get; init; }

    /// <summary>How it ended; null while it is open.</summary>
    public OutcomeState? Outcome { get; init; }

    /// <summary>While open: every byte below it is durable.</summary>
    public long Durable { get; init; }

    /// <summary>While open: ranges that are not durable, up to 64 of them.</summary>
    public IReadOnlyList<ByteRange> Missing { get; init; } = [];

    /// <summary>While open: when it expires if nothing more comes.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Once ended: its size in bytes, where known.</summary>
    public long? Size { get; init; }

    /// <summary>Once committed: SHA-256 of the whole, 64 lower-case hex digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Why it was rejected or expired.</summary>
    public ProtocolError? Error { get; init; }

    internal static MessageStatus From(AckMessage ack)
        => new() { Id = ack.Id, Durable = ack.Durable, Missing = ack.Missing, ExpiresAt = ack.ExpiresAt };

    internal static MessageStatus From(OutcomeMessage outcome) => new()
    {
        Id = outcome.Id,
        Outcome = outcome.State,
        Durable = outcome.State == OutcomeState.Committed ? outcome.Size ?? 0 : 0,
        Size = outcome.Size,
        Sha256 = outcome.Sha256,
        Error = outcome.Error is { } detail
            ? new ProtocolError(detail.Code, ErrorScope.Message, detail.Message) { Id = outcome.Id, Limit = detail.Limit }
            : null,
    };
}
