using System.Text.Json;
using System.Text.Json.Serialization;
using Reassembly.Protocol.Control.Json;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Protocol.Control;

/// <summary>A control message from server to client (protocol section 4).</summary>
public abstract record ServerMessage
{
    /// <summary>The value of <c>type</c> on the wire.</summary>
    [JsonPropertyOrder(-1)]
    public abstract string Type { get; }
}

/// <summary>The first message of every connection.</summary>
public sealed record WelcomeMessage : ServerMessage
{
    public const string TypeName = "welcome";

    public override string Type => TypeName;

    public required string Protocol { get; init; }

    /// <summary>A name of this connection, for logs on both sides.</summary>
    public required string Connection { get; init; }

    public required string Node { get; init; }

    public required Durability Durability { get; init; }

    [JsonConverter(typeof(LimitsConverter))]
    public required ProtocolLimits Limits { get; init; }
}

/// <summary>Where an open message stands. What it calls durable survives the loss of a node or of the machine's power.</summary>
public sealed record AckMessage : ServerMessage
{
    public const string TypeName = "ack";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }

    /// <summary>Every byte below it is durable.</summary>
    [JsonConverter(typeof(SafeIntegerConverter))]
    public required long Durable { get; init; }

    /// <summary>Up to 64 ranges that hold every byte that is not durable, from <see cref="Durable"/> up to the highest byte seen.</summary>
    [JsonConverter(typeof(ByteRangesConverter))]
    public required IReadOnlyList<ByteRange> Missing { get; init; }

    /// <summary>Absolute: the sender may send bytes below it.</summary>
    [JsonConverter(typeof(SafeIntegerConverter))]
    public required long Credit { get; init; }

    /// <summary>When it expires if nothing more comes. Every server says so; a reader does without.</summary>
    [JsonConverter(typeof(UtcTimeConverter))]
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>How a message ended: terminal and sticky.</summary>
public sealed record OutcomeMessage : ServerMessage
{
    public const string TypeName = "outcome";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }

    public required OutcomeState State { get; init; }

    [JsonConverter(typeof(SafeIntegerConverter))]
    public long? Size { get; init; }

    [JsonConverter(typeof(Sha256HexConverter))]
    public string? Sha256 { get; init; }

    /// <summary>Why it was rejected or expired.</summary>
    public ErrorDetail? Error { get; init; }
}

/// <summary>What is wrong and what to do about it. Its fields are those of <see cref="ProtocolError"/>.</summary>
public sealed record ErrorMessage : ServerMessage
{
    public const string TypeName = "error";

    public override string Type => TypeName;

    public required ErrorCode Code { get; init; }

    public required ErrorScope Scope { get; init; }

    public MessageId? Id { get; init; }

    public required bool Retryable { get; init; }

    [JsonConverter(typeof(ClampedIntegerConverter))]
    public int? RetryAfterMs { get; init; }

    public LimitDetail? Limit { get; init; }

    public required string Message { get; init; }

    public static ErrorMessage From(ProtocolError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new ErrorMessage
        {
            Code = error.Code,
            Scope = error.Scope,
            Id = error.Id,
            Retryable = error.Retryable,
            RetryAfterMs = error.RetryAfterMs,
            Limit = error.Limit,
            Message = error.Message,
        };
    }

    public ProtocolError ToError()
        => new(Code, Scope, Message) { Id = Id, Retryable = Retryable, RetryAfterMs = RetryAfterMs, Limit = Limit };
}

/// <summary>The error inside an outcome.</summary>
public sealed record ErrorDetail(ErrorCode Code, string Message)
{
    public LimitDetail? Limit { get; init; }

    public static ErrorDetail From(ProtocolError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new ErrorDetail(error.Code, error.Message) { Limit = error.Limit };
    }
}

/// <summary>Connect elsewhere within <see cref="GraceMs"/> and go on there; the server closes with 1001 at its end.</summary>
public sealed record GoAwayMessage : ServerMessage
{
    public const string TypeName = "goaway";

    public override string Type => TypeName;

    public required string Reason { get; init; }

    [JsonConverter(typeof(ClampedIntegerConverter))]
    public required int GraceMs { get; init; }
}

/// <summary>A message for a subscriber; its chunks follow as binary frames (protocol section 5).</summary>
public sealed record PayloadMessage : ServerMessage
{
    public const string TypeName = "message";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }

    [JsonConverter(typeof(ChannelNameConverter))]
    public required string Channel { get; init; }

    [JsonConverter(typeof(SafeIntegerConverter))]
    public required long Size { get; init; }

    [JsonConverter(typeof(Sha256HexConverter))]
    public required string Sha256 { get; init; }

    [JsonConverter(typeof(ShortTextConverter))]
    public string? ContentType { get; init; }

    [JsonConverter(typeof(ContentEncodingConverter))]
    public string? ContentEncoding { get; init; }

    [JsonConverter(typeof(HeadersConverter))]
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>1 for the first delivery.</summary>
    [JsonConverter(typeof(PositiveSafeIntegerConverter))]
    public required long Attempt { get; init; }

    /// <summary>What the answer must give, where the message was claimed over HTTP; never on a connection, where the answer comes over it.</summary>
    [JsonConverter(typeof(ShortTextConverter))]
    public string? Claim { get; init; }
}

/// <summary>The answer to a <c>ping</c>.</summary>
public sealed record PongMessage : ServerMessage
{
    public const string TypeName = "pong";

    public override string Type => TypeName;

    /// <summary>The nonce of the <c>ping</c>, byte for byte.</summary>
    [JsonConverter(typeof(NonceConverter))]
    public required JsonElement Nonce { get; init; }
}
