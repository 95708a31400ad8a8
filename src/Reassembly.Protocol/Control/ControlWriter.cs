using System.Buffers;
using System.Text.Json;
using Reassembly.Protocol.Control.Json;

namespace Reassembly.Protocol.Control;

/// <summary>Writes control messages as UTF-8 JSON without white space.</summary>
public static class ControlWriter
{
    /// <summary>Writes a server's message.</summary>
    /// <param name="output">Takes the bytes of one WebSocket text message.</param>
    /// <param name="message">What to write.</param>
    public static void Write(IBufferWriter<byte> output, ServerMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        WriteObject(output, message, message.GetType());
    }

    /// <summary>Writes a client's message.</summary>
    /// <param name="output">Takes the bytes of one WebSocket text message.</param>
    /// <param name="message">What to write.</param>
    public static void Write(IBufferWriter<byte> output, ClientMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        WriteObject(output, message, message.GetType());
    }

    /// <summary>Writes a server's message that must fit into what its client accepts: an <c>ack</c> names fewer missing ranges, an error says less.</summary>
    /// <param name="output">Takes the bytes; its written bytes are cleared between attempts.</param>
    /// <param name="message">What to write.</param>
    /// <param name="receiveFrameBytes">The client's limit in bytes, at least <see cref="WireProtocol.MinReceiveFrameBytes"/>.</param>
    public static void WriteWithin(ArrayBufferWriter<byte> output, ServerMessage message, int receiveFrameBytes)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.ResetWrittenCount();
        Write(output, message);
        while (output.WrittenCount > receiveFrameBytes && Shorter(message) is { } shorter)
        {
            message = shorter;
            output.ResetWrittenCount();
            Write(output, message);
        }
    }

    private static ServerMessage? Shorter(ServerMessage message) => message switch
    {
        AckMessage { Missing.Count: > 0 } ack => ack with { Missing = [.. ack.Missing.Take(ack.Missing.Count / 2)] },
        ErrorMessage { Message.Length: > 0 } error => error with { Message = Half(error.Message) },
        ErrorMessage { Limit: not null } error => error with { Limit = null },
        OutcomeMessage { Error.Message.Length: > 0 } outcome => outcome with { Error = outcome.Error with { Message = Half(outcome.Error.Message) } },
        OutcomeMessage { Error.Limit: not null } outcome => outcome with { Error = outcome.Error with { Limit = null } },
        _ => null,
    };

    private static string Half(string text)
    {
        var length = text.Length / 2;
        return length > 0 && char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
    }

    private static void WriteObject(IBufferWriter<byte> output, object message, Type type)
    {
        ArgumentNullException.ThrowIfNull(output);
        using var writer = new Utf8JsonWriter(output, ControlJson.WriterOptions);
        JsonSerializer.Serialize(writer, message, ControlJson.Default.GetTypeInfo(type)!);
    }
}
