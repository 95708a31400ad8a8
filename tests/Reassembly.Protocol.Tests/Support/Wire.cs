using System.Buffers;
using System.Text;
using System.Text.Json;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;

namespace Reassembly.Protocol.Tests.Support;

/// <summary>Values as they look on the wire.</summary>
internal static class Wire
{
    public static MessageId Id { get; } = Parse("0199c0de-0000-7000-8000-000000000001");

    public static MessageId Parse(string text) => MessageId.TryParse(text, out var id) ? id : throw new FormatException(text);

    public static string Name(ErrorCode code) => JsonSerializer.SerializeToElement(code).GetString()!;

    public static byte[] Frame(in ChunkHeader header, ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>();
        ChunkFrame.Write(output, header, payload);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Json(ServerMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        ControlWriter.Write(output, message);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Json(ClientMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        ControlWriter.Write(output, message);
        return output.WrittenSpan.ToArray();
    }

    public static string Text(ServerMessage message) => Encoding.UTF8.GetString(Json(message));

    public static JsonElement Element(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }
}
