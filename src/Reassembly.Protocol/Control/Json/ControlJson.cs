using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Reassembly.Protocol.Control.Json;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = MaxDepth,
    Converters = [typeof(MessageIdConverter)])]
[JsonSerializable(typeof(HelloMessage))]
[JsonSerializable(typeof(OpenMessage))]
[JsonSerializable(typeof(StatusMessage))]
[JsonSerializable(typeof(AbortMessage))]
[JsonSerializable(typeof(TextChunkMessage))]
[JsonSerializable(typeof(SubscribeMessage))]
[JsonSerializable(typeof(DeliveredMessage))]
[JsonSerializable(typeof(RetryMessage))]
[JsonSerializable(typeof(PingMessage))]
[JsonSerializable(typeof(WelcomeMessage))]
[JsonSerializable(typeof(AckMessage))]
[JsonSerializable(typeof(OutcomeMessage))]
[JsonSerializable(typeof(ErrorMessage))]
[JsonSerializable(typeof(GoAwayMessage))]
[JsonSerializable(typeof(PayloadMessage))]
[JsonSerializable(typeof(PongMessage))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    /// <summary>Deeper text is <c>BAD_JSON</c>; what the protocol knows is three levels deep.</summary>
    public const int MaxDepth = 16;

    /// <summary>Sentences stay readable on the wire: nothing here is ever placed in HTML.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
