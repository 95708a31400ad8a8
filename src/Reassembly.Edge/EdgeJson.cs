using System.Text.Json.Serialization;
using Reassembly.Edge.Connections;
using Reassembly.Edge.Http;

namespace Reassembly.Edge;

/// <summary>The HTTP bodies that are not control messages.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SubprotocolRefusal))]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(LimitsBody))]
[JsonSerializable(typeof(ChannelBody))]
[JsonSerializable(typeof(ChannelListBody))]
[JsonSerializable(typeof(DeadLetterListBody))]
internal sealed partial class EdgeJson : JsonSerializerContext;
