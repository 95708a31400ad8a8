using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Reassembly.Protocol.Control.Json;

// The forms of protocol section 3, one converter a form. What does not have the form is a MalformedFieldException whose
// sentence says what would; ControlReader turns it into BAD_JSON.

internal sealed class MessageIdConverter : JsonConverter<MessageId>
{
    public override MessageId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.String && MessageId.TryParse(reader.GetString(), out var id)
            ? id
            : throw new MalformedFieldException("an id is a UUID in canonical lower case, such as 0199c0de-0000-7000-8000-000000000001");

    public override void Write(Utf8JsonWriter writer, MessageId value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[36];
        value.Value.TryFormat(text, out _, "D");
        writer.WriteStringValue(text);
    }
}

internal class SafeIntegerConverter : JsonConverter<long>
{
    protected virtual long Min => 0;

    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => SafeInteger.TryRead(reader, Min, out var value) ? value : throw SafeInteger.Malformed(Min);

    /// <summary>What a peer claims can be above 2^53 - 1 (a total size in a frame); here it is told as that: at least so much.</summary>
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options)
        => writer.WriteNumberValue(Math.Min(value, WireProtocol.MaxSafeInteger));
}

internal sealed class PositiveSafeIntegerConverter : SafeIntegerConverter
{
    protected override long Min => 1;
}

/// <summary>For what this code holds in 32 bits: any number that the protocol allows is read, one above 2^31 - 1 as that.</summary>
internal class ClampedIntegerConverter : JsonConverter<int>
{
    protected virtual int Min => 0;

    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => SafeInteger.TryRead(reader, Min, out var value) ? (int)Math.Min(value, int.MaxValue) : throw SafeInteger.Malformed(Min);

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

internal sealed class ReceiveFrameBytesConverter : ClampedIntegerConverter
{
    protected override int Min => WireProtocol.MinReceiveFrameBytes;
}

internal static class SafeInteger
{
    public static bool TryRead(in Utf8JsonReader reader, long min, out long value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value) && value >= min && value <= WireProtocol.MaxSafeInteger;
    }

    public static MalformedFieldException Malformed(long min) => new($"a whole number from {min} to 2^53 - 1 is expected");
}

internal abstract class TextFormConverter : JsonConverter<string>
{
    protected abstract string Form { get; }

    protected abstract bool HasForm(string value);

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.String && reader.GetString() is { } value && HasForm(value) ? value : throw new MalformedFieldException(Form);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    protected static bool IsShortText(string value)
    {
        foreach (var character in value)
        {
            if (char.IsControl(character))
            {
                return false;
            }
        }

        return value.Length is > 0 and <= 255;
    }
}

internal sealed class Sha256HexConverter : TextFormConverter
{
    protected override string Form => "sha256 is 64 lower-case hex digits";

    protected override bool HasForm(string value) => value.Length == 64 && LowerHex.Is(value);
}

internal sealed class ContentEncodingConverter : TextFormConverter
{
    protected override string Form => "contentEncoding is identity, gzip or br";

    protected override bool HasForm(string value) => ContentEncodings.IsKnown(value);
}

internal sealed class ChannelNameConverter : TextFormConverter
{
    protected override string Form => "a channel name is 1 to 255 characters without control characters";

    protected override bool HasForm(string value) => IsShortText(value);
}

internal sealed class ShortTextConverter : TextFormConverter
{
    protected override string Form => "a text of 1 to 255 characters without control characters is expected";

    protected override bool HasForm(string value) => IsShortText(value);
}

internal sealed class Crc32CHexConverter : JsonConverter<uint>
{
    public override uint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: 8 } text
            && LowerHex.Is(text)
            ? uint.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : throw new MalformedFieldException("crc32c is 8 lower-case hex digits");

    public override void Write(Utf8JsonWriter writer, uint value, JsonSerializerOptions options) => writer.WriteStringValue(TextChunk.FormatCrc(value));
}

/// <summary>A nonce is echoed byte for byte, never decoded: half a surrogate pair in an escape is the sender's own affair.</summary>
internal sealed class NonceConverter : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var start = reader.TokenStartIndex;
        var nonce = JsonElement.ParseValue(ref reader);
        return reader.BytesConsumed - start <= WireProtocol.MaxNonceBytes
            ? nonce
            : throw new MalformedFieldException($"a nonce has at most {WireProtocol.MaxNonceBytes} bytes");
    }

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
        => writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
}

internal static class LowerHex
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    public static bool Is(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Digits);
}
