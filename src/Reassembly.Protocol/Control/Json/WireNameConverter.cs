using System.Text.Json.Serialization;

namespace Reassembly.Protocol.Control.Json;

/// <summary>An enum as its name on the wire; the number behind it is nobody else's business and is not read.</summary>
public sealed class WireNameConverter<TEnum>() : JsonStringEnumConverter<TEnum>(namingPolicy: null, allowIntegerValues: false)
    where TEnum : struct, Enum;
