using System.Text.Json.Serialization;
using Reassembly.Protocol.Control.Json;

namespace Reassembly.Protocol.Control;

/// <summary>The four ends of a message.</summary>
[JsonConverter(typeof(WireNameConverter<OutcomeState>))]
public enum OutcomeState
{
    /// <summary>Complete, digest verified, durable; it will be delivered at least once.</summary>
    [JsonStringEnumMemberName("committed")]
    Committed,

    /// <summary>Refused for good; the error says why.</summary>
    [JsonStringEnumMemberName("rejected")]
    Rejected,

    /// <summary>Idle or total time ran out.</summary>
    [JsonStringEnumMemberName("expired")]
    Expired,

    /// <summary>Its sender gave it up.</summary>
    [JsonStringEnumMemberName("aborted")]
    Aborted,
}
