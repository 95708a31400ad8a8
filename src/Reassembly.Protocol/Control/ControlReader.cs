using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Reassembly.Protocol.Control.Json;
using Reassembly.Protocol.Errors;

namespace Reassembly.Protocol.Control;

/// <summary>
/// Reads control messages. First the text is walked once, without building anything, for its shape, its <c>type</c> and its
/// <c>id</c>; then the one type it names is read. So an unknown type is told from bad JSON, and an error knows its message.
/// </summary>
public static class ControlReader
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = ControlJson.MaxDepth };

    /// <summary>Reads what a client sent.</summary>
    /// <param name="utf8">The whole text, no longer than <c>frameBytes</c>; not kept.</param>
    /// <param name="message">The message, where it is one.</param>
    /// <param name="error"><c>BAD_JSON</c> or <c>UNKNOWN_TYPE</c> otherwise.</param>
    public static bool TryReadClient(ReadOnlySpan<byte> utf8, out ClientMessage? message, out ProtocolError? error)
    {
        message = null;
        if (!TryPeek(utf8, out var type, out var id, out error))
        {
            return false;
        }

        var json = ControlJson.Default;
        message = type switch
        {
            HelloMessage.TypeName => Read(utf8, json.HelloMessage, id, out error),
            OpenMessage.TypeName => Read(utf8, json.OpenMessage, id, out error),
            StatusMessage.TypeName => Read(utf8, json.StatusMessage, id, out error),
            AbortMessage.TypeName => Read(utf8, json.AbortMessage, id, out error),
            TextChunkMessage.TypeName => Read(utf8, json.TextChunkMessage, id, out error),
            SubscribeMessage.TypeName => Read(utf8, json.SubscribeMessage, id, out error),
            DeliveredMessage.TypeName => Read(utf8, json.DeliveredMessage, id, out error),
            RetryMessage.TypeName => Read(utf8, json.RetryMessage, id, out error),
            PingMessage.TypeName => Read(utf8, json.PingMessage, id, out error),
            _ => Unknown<ClientMessage>(type, id, out error),
        };
        return message is not null;
    }

    /// <summary>Reads what a server sent.</summary>
    /// <inheritdoc cref="TryReadClient"/>
    public static bool TryReadServer(ReadOnlySpan<byte> utf8, out ServerMessage? message, out ProtocolError? error)
    {
        message = null;
        if (!TryPeek(utf8, out var type, out var id, out error))
        {
            return false;
        }

        var json = ControlJson.Default;
        message = type switch
        {
            WelcomeMessage.TypeName => Read(utf8, json.WelcomeMessage, id, out error),
            AckMessage.TypeName => Read(utf8, json.AckMessage, id, out error),
            OutcomeMessage.TypeName => Read(utf8, json.OutcomeMessage, id, out error),
            ErrorMessage.TypeName => Read(utf8, json.ErrorMessage, id, out error),
            GoAwayMessage.TypeName => Read(utf8, json.GoAwayMessage, id, out error),
            PayloadMessage.TypeName => Read(utf8, json.PayloadMessage, id, out error),
            PongMessage.TypeName => Read(utf8, json.PongMessage, id, out error),
            _ => Unknown<ServerMessage>(type, id, out error),
        };
        return message is not null;
    }

    private static bool TryPeek(ReadOnlySpan<byte> utf8, out string type, out MessageId? id, out ProtocolError? error)
    {
        type = string.Empty;
        id = null;
        string? found = null;

        // Up front, because the JSON reader looks into a string only when its value is taken: what is skipped or echoed never would be.
        if (!Utf8.IsValid(utf8))
        {
            error = BadJson(null, "the text is not valid UTF-8");
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(utf8, ReaderOptions);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                error = BadJson(null, "a control message is one JSON object");
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("type"u8))
                {
                    reader.Read();
                    if (reader.TokenType != JsonTokenType.String || found is not null)
                    {
                        error = BadJson(id, "type must be there once, and a string");
                        return false;
                    }

                    found = reader.GetString();
                }
                else if (reader.ValueTextEquals("id"u8))
                {
                    reader.Read();
                    id = reader.TokenType == JsonTokenType.String && MessageId.TryParse(reader.GetString(), out var parsed) ? parsed : null;
                    reader.Skip();
                }
                else
                {
                    reader.Skip();
                }
            }

            // Reads to the end: whatever follows the object is an error too.
            while (reader.Read())
            {
            }
        }
        catch (JsonException exception)
        {
            error = BadJson(
                id,
                $"the text stops being one JSON object, at most {ControlJson.MaxDepth} levels deep, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
            return false;
        }
        catch (InvalidOperationException)
        {
            error = BadJson(id, "a string holds half a surrogate pair");
            return false;
        }

        error = found is null ? BadJson(id, "type is missing") : null;
        type = found ?? string.Empty;
        return error is null;
    }

    private static T? Read<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> typeInfo, MessageId? id, out ProtocolError? error)
        where T : class
    {
        try
        {
            var message = JsonSerializer.Deserialize(utf8, typeInfo);
            error = message is null ? BadJson(id, "a control message is one JSON object") : null;
            return message;
        }
        catch (MalformedFieldException exception)
        {
            error = BadJson(id, $"{Field(exception) ?? "a field"}: {exception.Message}");
            return null;
        }
        catch (JsonException exception)
        {
            // The serializer's own sentences name types of this code, which tell a peer nothing.
            error = BadJson(
                id,
                Field(exception) is { } field ? $"{field} is malformed, of the wrong type or there twice" : $"a field is missing; needed: {Needed(typeInfo)}");
            return null;
        }
        catch (InvalidOperationException)
        {
            error = BadJson(id, "a string holds half a surrogate pair");
            return null;
        }
    }

    private static T? Unknown<T>(string type, MessageId? id, out ProtocolError? error)
        where T : class
    {
        error = new ProtocolError(ErrorCode.UnknownType, ErrorScope.Frame, $"type '{Shorten(type)}' is not known in {WireProtocol.Subprotocol}") { Id = id };
        return null;
    }

    private static ProtocolError BadJson(MessageId? id, string reason)
        => new(ErrorCode.BadJson, ErrorScope.Frame, Shorten(reason)) { Id = id };

    private static string Needed(JsonTypeInfo typeInfo)
        => string.Join(", ", typeInfo.Properties.Where(property => property.IsRequired).Select(property => property.Name));

    private static string? Field(JsonException exception) => exception.Path is ['$', '.', .. { Length: > 0 } field] ? field : null;

    private static string Shorten(string text) => Sentence.Cut(text, 200);
}
