using System.Text.Json.Serialization;
using Reassembly.Protocol.Control.Json;

namespace Reassembly.Protocol.Errors;

/// <summary>What an error concerns. Frame and message errors never close the connection.</summary>
[JsonConverter(typeof(WireNameConverter<ErrorScope>))]
public enum ErrorScope
{
    [JsonStringEnumMemberName("frame")]
    Frame,

    [JsonStringEnumMemberName("message")]
    Message,

    [JsonStringEnumMemberName("connection")]
    Connection,
}
