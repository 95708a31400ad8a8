using System.Text.Json.Serialization;
using Reassembly.Protocol.Control.Json;

namespace Reassembly.Protocol.Control;

/// <summary>What an ack of this server outlives.</summary>
[JsonConverter(typeof(WireNameConverter<Durability>))]
public enum Durability
{
    /// <summary>Nothing: bytes are in memory.</summary>
    [JsonStringEnumMemberName("memory")]
    Memory,

    /// <summary>The process and the machine's power.</summary>
    [JsonStringEnumMemberName("disk")]
    Disk,

    /// <summary>Any node.</summary>
    [JsonStringEnumMemberName("database")]
    Database,
}
