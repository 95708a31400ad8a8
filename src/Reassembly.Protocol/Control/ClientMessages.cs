using System.Text.Json;
using System.Text.Json.Serialization;
using Reassembly.Protocol.Control.Json;

namespace Reassembly.Protocol.Control;

/// <summary>A control message from client to server (protocol section 3).</summary>
public abstract record ClientMessage
{
    /// <summary>The value of <c>type</c> on the wire.</summary>
    [JsonPropertyOrder(-1)]
    public abstract string Type { get; }
}

/// <summary>What the client is and takes.</summary>
public sealed record HelloMessage : ClientMessage
{
    public const string TypeName = "hello";

    public override string Type => TypeName;

    /// <summary>Largest WebSocket message in bytes that this client accepts.</summary>
    [JsonConverter(typeof(ReceiveFrameBytesConverter))]
    public int? ReceiveFrameBytes { get; init; }

    /// <summary>Name and version, such as <c>my-service/1.2</c>; for logs only.</summary>
    [JsonConverter(typeof(ShortTextConverter))]
    public string? Client { get; init; }
}

/// <summary>Says what a message is. Optional; may follow its chunks; idempotent.</summary>
public sealed record OpenMessage : ClientMessage
{
    public const string TypeName = "open";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }

    [JsonConverter(typeof(SafeIntegerConverter))]
    public long? Size { get; init; }

    /// <summary>SHA-256 of the whole as sent (after compression), 64 lower-case hex digits.</summary>
    [JsonConverter(typeof(Sha256HexConverter))]
    public string? Sha256 { get; init; }

    [JsonConverter(typeof(ChannelNameConverter))]
    public string? Channel { get; init; }

    [JsonConverter(typeof(ShortTextConverter))]
    public string? ContentType { get; init; }

    /// <summary><c>identity</c>, <c>gzip</c> or <c>br</c>.</summary>
    [JsonConverter(typeof(ContentEncodingConverter))]
    public string? ContentEncoding { get; init; }

    [JsonConverter(typeof(HeadersConverter))]
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Seconds of life; can only shorten <c>messageSeconds</c>.</summary>
    [JsonConverter(typeof(PositiveSafeIntegerConverter))]
    public long? TtlSeconds { get; init; }
}

/// <summary>Asks where a message stands.</summary>
public sealed record StatusMessage : ClientMessage
{
    public const string TypeName = "status";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }
}

/// <summary>Gives a message up.</summary>
public sealed record AbortMessage : ClientMessage
{
    public const string TypeName = "abort";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }
}

/// <summary>A chunk as text, for clients that speak only JSON. Costs an array a chunk; binary frames cost none.</summary>
public sealed record TextChunkMessage : ClientMessage
{
    public const string TypeName = "chunk";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }

    public required uint Sequence { get; init; }

    [JsonConverter(typeof(SafeIntegerConverter))]
    public required long Offset { get; init; }

    /// <summary>Size of the whole message; absent while unknown.</summary>
    [JsonConverter(typeof(SafeIntegerConverter))]
    public long? Size { get; init; }

    public bool Last { get; init; }

    /// <summary>The payload, base64 on the wire.</summary>
    public required byte[] Data { get; init; }

    /// <summary>
    /// Eight lower-case hex digits, optional: the checksum that the same chunk carries as a binary frame, or, from a sender
    /// that builds no header, CRC-32C of the payload alone.
    /// </summary>
    [JsonPropertyName("crc32c")]
    [JsonConverter(typeof(Crc32CHexConverter))]
    public uint? Crc32C { get; init; }
}

/// <summary>Asks for the messages of a channel (protocol section 5).</summary>
public sealed record SubscribeMessage : ClientMessage
{
    public const string TypeName = "subscribe";

    public override string Type => TypeName;

    [JsonConverter(typeof(ChannelNameConverter))]
    public required string Channel { get; init; }

    [JsonConverter(typeof(PositiveSafeIntegerConverter))]
    public long? InFlight { get; init; }
}

/// <summary>The subscriber has the message.</summary>
public sealed record DeliveredMessage : ClientMessage
{
    public const string TypeName = "delivered";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }
}

/// <summary>The subscriber wants the message again.</summary>
public sealed record RetryMessage : ClientMessage
{
    public const string TypeName = "retry";

    public override string Type => TypeName;

    public required MessageId Id { get; init; }

    [JsonConverter(typeof(SafeIntegerConverter))]
    public long? AfterMs { get; init; }
}

/// <summary>Asks for a <c>pong</c>.</summary>
public sealed record PingMessage : ClientMessage
{
    public const string TypeName = "ping";

    public override string Type => TypeName;

    /// <summary>Any JSON value of up to <see cref="WireProtocol.MaxNonceBytes"/> bytes; it comes back byte for byte.</summary>
    [JsonConverter(typeof(NonceConverter))]
    public required JsonElement Nonce { get; init; }
}
