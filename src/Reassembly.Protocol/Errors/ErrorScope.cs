using System.Text.Json.Serialization;

namespace Reassembly.Protocol.Errors;

/// <summary>What an error concerns. Frame and message errors never close the connection.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ErrorScope>))]
public enum ErrorScope
{
    [JsonStringEnumMemberName("frame")]
    Frame,

    [JsonStringEnumMemberName("message")]
    Message,

    [JsonStringEnumMemberName("connection")]
    Connection,
}
