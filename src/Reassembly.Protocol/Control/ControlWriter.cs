using System.Buffers;
using System.Text.Json;
using Reassembly.Protocol.Control.Json;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Ranges;

namespace Reassembly.Protocol.Control;

/// <summary>Writes control messages as UTF-8 JSON without white space.</summary>
public static class ControlWriter
{
    private const int LastWords = 64;

    private static readonly ArrayBufferWriter<byte> Nowhere = new();

    // One for each thread, as it is larger than what it writes.
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

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

    /// <summary>
    /// Writes a server's message so that it fits into what its client accepts: an <c>ack</c> names fewer missing ranges, a
    /// sentence is cut. Every <c>ack</c>, <c>outcome</c>, <c>error</c>, <c>goaway</c> and <c>pong</c> fits.
    /// </summary>
    /// <param name="output">Takes the bytes; what was written to it before is cleared.</param>
    /// <param name="message">What to write.</param>
    /// <param name="receiveFrameBytes">The client's limit in bytes, at least <see cref="WireProtocol.MinReceiveFrameBytes"/>.</param>
    /// <returns>Whether it fits; where not, <paramref name="output"/> has the shortest form there is.</returns>
    public static bool WriteWithin(ArrayBufferWriter<byte> output, ServerMessage message, int receiveFrameBytes)
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

        return output.WrittenCount <= receiveFrameBytes;
    }

    // The limit of an error goes before the last words of its sentence: these a person can act on.
    private static ServerMessage? Shorter(ServerMessage message) => message switch
    {
        AckMessage { Missing.Count: > 1 } ack => ack with { Missing = MissingRanges.Fit(ack.Missing, ack.Missing.Count / 2) },
        ErrorMessage { Message.Length: > LastWords } error => error with { Message = Half(error.Message) },
        ErrorMessage { Limit: not null } error => error with { Limit = null },
        ErrorMessage { Message.Length: > 0 } error => error with { Message = Half(error.Message) },
        OutcomeMessage { Error.Message.Length: > LastWords } outcome => outcome with { Error = outcome.Error with { Message = Half(outcome.Error.Message) } },
        OutcomeMessage { Error.Limit: not null } outcome => outcome with { Error = outcome.Error with { Limit = null } },
        OutcomeMessage { Error.Message.Length: > 0 } outcome => outcome with { Error = outcome.Error with { Message = Half(outcome.Error.Message) } },
        GoAwayMessage { Reason.Length: > 0 } goAway => goAway with { Reason = Half(goAway.Reason) },
        _ => null,
    };

    private static string Half(string text) => Sentence.Cut(text, text.Length / 2);

    private static void WriteObject(IBufferWriter<byte> output, object message, Type type)
    {
        ArgumentNullException.ThrowIfNull(output);
        var writer = _writer ??= new Utf8JsonWriter(Nowhere, ControlJson.WriterOptions);
        writer.Reset(output);
        try
        {
            JsonSerializer.Serialize(writer, message, ControlJson.Default.GetTypeInfo(type)!);
            writer.Flush();
        }
        finally
        {
            // The output is the caller's: nothing may point at it any longer.
            writer.Reset(Nowhere);
        }
    }
}
