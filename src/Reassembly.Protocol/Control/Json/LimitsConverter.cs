using System.Text.Json;
using System.Text.Json.Serialization;
using Reassembly.Protocol.Frames;

namespace Reassembly.Protocol.Control.Json;

/// <summary>
/// The limits of a <c>welcome</c>. Written by hand because generated code sets what is absent to 0 instead of leaving its
/// default, and because a client must be able to trust them: a frame has room for a header and at least one byte.
/// </summary>
internal sealed class LimitsConverter : JsonConverter<ProtocolLimits>
{
    public override ProtocolLimits Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedFieldException("an object is expected");
        }

        var limits = new ProtocolLimits();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            limits = name switch
            {
                "frameBytes" => limits with { FrameBytes = ReadInt(reader, ChunkHeader.Size + 1) },
                "minChunkBytes" => limits with { MinChunkBytes = ReadInt(reader) },
                "messageBytes" => limits with { MessageBytes = ReadLong(reader) },
                "openMessages" => limits with { OpenMessages = ReadInt(reader) },
                "windowBytes" => limits with { WindowBytes = ReadLong(reader) },
                "idleSeconds" => limits with { IdleSeconds = ReadInt(reader) },
                "messageSeconds" => limits with { MessageSeconds = ReadInt(reader) },
                "retentionSeconds" => limits with { RetentionSeconds = ReadInt(reader) },
                _ => limits,
            };
            reader.Skip();
        }

        return limits;
    }

    public override void Write(Utf8JsonWriter writer, ProtocolLimits value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("frameBytes"u8, value.FrameBytes);
        writer.WriteNumber("chunkBytes"u8, value.ChunkBytes);
        writer.WriteNumber("minChunkBytes"u8, value.MinChunkBytes);
        writer.WriteNumber("messageBytes"u8, Math.Min(value.MessageBytes, WireProtocol.MaxSafeInteger));
        writer.WriteNumber("openMessages"u8, value.OpenMessages);
        writer.WriteNumber("windowBytes"u8, Math.Min(value.WindowBytes, WireProtocol.MaxSafeInteger));
        writer.WriteNumber("idleSeconds"u8, value.IdleSeconds);
        writer.WriteNumber("messageSeconds"u8, value.MessageSeconds);
        writer.WriteNumber("retentionSeconds"u8, value.RetentionSeconds);
        writer.WriteEndObject();
    }

    private static long ReadLong(in Utf8JsonReader reader, int min = 0)
        => SafeInteger.TryRead(reader, min, out var value) ? value : throw SafeInteger.Malformed(min);

    private static int ReadInt(in Utf8JsonReader reader, int min = 0) => (int)Math.Min(ReadLong(reader, min), int.MaxValue);
}
