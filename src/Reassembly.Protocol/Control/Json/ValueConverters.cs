using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Protocol.Control.Json;

/// <summary>Ranges as <c>[[from,to],[from,to]]</c>.</summary>
internal sealed class ByteRangesConverter : JsonConverter<IReadOnlyList<ByteRange>>
{
    public override IReadOnlyList<ByteRange> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var ranges = new List<ByteRange>();
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray && ranges.Count < WireProtocol.MaxMissingRanges)
        {
            var range = new ByteRange(ReadNumber(ref reader), ReadNumber(ref reader));
            reader.Read();
            Expect(ref reader, JsonTokenType.EndArray);
            ranges.Add(range.IsEmpty ? throw new MalformedFieldException("a range is [from, to) with from < to") : range);
        }

        Expect(ref reader, JsonTokenType.EndArray);
        return ranges;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<ByteRange> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        for (var index = 0; index < value.Count; index++)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(value[index].From);
            writer.WriteNumberValue(value[index].To);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static long ReadNumber(ref Utf8JsonReader reader)
    {
        reader.Read();
        return SafeInteger.TryRead(reader, 0, out var value) ? value : throw new MalformedFieldException("a range has two whole numbers from 0 to 2^53 - 1");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new MalformedFieldException($"up to {WireProtocol.MaxMissingRanges} [from, to) pairs are expected");
        }
    }
}

/// <summary>Times as ISO 8601 in UTC, to the millisecond.</summary>
internal sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.String && reader.GetString() is [.., 'Z'] && reader.TryGetDateTimeOffset(out var value)
            ? value
            : throw new MalformedFieldException("an ISO 8601 time in UTC is expected, such as 2026-01-31T12:00:00.000Z");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[24];
        value.UtcDateTime.TryFormat(text, out _, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text);
    }
}

/// <summary>A map of strings; a null in it, which the default converter lets through, is no string.</summary>
internal sealed class HeadersConverter : JsonConverter<IReadOnlyDictionary<string, string>>
{
    public override IReadOnlyDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Malformed();
        }

        var headers = new Dictionary<string, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || !headers.TryAdd(name, reader.GetString()!))
            {
                throw Malformed();
            }
        }

        return headers;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, text) in value)
        {
            writer.WriteString(name, text);
        }

        writer.WriteEndObject();
    }

    private static MalformedFieldException Malformed() => new("headers is an object of strings, each name once");
}
