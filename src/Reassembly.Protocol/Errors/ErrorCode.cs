using System.Text.Json.Serialization;
using Reassembly.Protocol.Control.Json;

namespace Reassembly.Protocol.Errors;

/// <summary>The error codes of protocol section 6, with their names on the wire.</summary>
[JsonConverter(typeof(WireNameConverter<ErrorCode>))]
public enum ErrorCode
{
    /// <summary>Control text that is not one JSON object, is too deep, or has a field missing or malformed.</summary>
    [JsonStringEnumMemberName("BAD_JSON")]
    BadJson,

    /// <summary>A control <c>type</c> or a chunk type that this version does not know.</summary>
    [JsonStringEnumMemberName("UNKNOWN_TYPE")]
    UnknownType,

    /// <summary>Shorter than its header, unknown version or flags, a payload length that lies, an end beyond 2^63 - 1.</summary>
    [JsonStringEnumMemberName("BAD_FRAME")]
    BadFrame,

    /// <summary>A WebSocket message above <c>frameBytes</c>.</summary>
    [JsonStringEnumMemberName("FRAME_TOO_BIG")]
    FrameTooBig,

    /// <summary>The known or reached size is above <c>messageBytes</c>; the message is rejected.</summary>
    [JsonStringEnumMemberName("MESSAGE_TOO_BIG")]
    MessageTooBig,

    /// <summary>Below <c>minChunkBytes</c> and not the last of its message.</summary>
    [JsonStringEnumMemberName("CHUNK_TOO_SMALL")]
    ChunkTooSmall,

    /// <summary>The chunk's CRC-32C does not match; never stored; send it again.</summary>
    [JsonStringEnumMemberName("CRC_MISMATCH")]
    CrcMismatch,

    /// <summary>Contradicting totals, bytes beyond the total, <c>LAST</c> that is not at the end.</summary>
    [JsonStringEnumMemberName("SIZE_CONFLICT")]
    SizeConflict,

    /// <summary>The same place, other bytes than those already durable; the first stay.</summary>
    [JsonStringEnumMemberName("DATA_CONFLICT")]
    DataConflict,

    /// <summary>Another <c>open</c> of the same id.</summary>
    [JsonStringEnumMemberName("OPEN_CONFLICT")]
    OpenConflict,

    /// <summary>SHA-256 of the whole differs from the one announced; the message is rejected.</summary>
    [JsonStringEnumMemberName("DIGEST_MISMATCH")]
    DigestMismatch,

    /// <summary>An id that is not known here.</summary>
    [JsonStringEnumMemberName("UNKNOWN_MESSAGE")]
    UnknownMessage,

    /// <summary><c>openMessages</c> are open already.</summary>
    [JsonStringEnumMemberName("TOO_MANY_OPEN")]
    TooManyOpen,

    /// <summary>The storage set aside is used up.</summary>
    [JsonStringEnumMemberName("QUOTA_EXCEEDED")]
    QuotaExceeded,

    /// <summary>The node takes no more for the moment.</summary>
    [JsonStringEnumMemberName("OVERLOADED")]
    Overloaded,

    /// <summary>The store failed: send again.</summary>
    [JsonStringEnumMemberName("NOT_DURABLE")]
    NotDurable,

    /// <summary>Idle or total time ran out.</summary>
    [JsonStringEnumMemberName("EXPIRED")]
    Expired,

    /// <summary>Who is asking is not known.</summary>
    [JsonStringEnumMemberName("UNAUTHORIZED")]
    Unauthorized,

    /// <summary>Who is asking may not have what was asked for.</summary>
    [JsonStringEnumMemberName("FORBIDDEN")]
    Forbidden,
}
