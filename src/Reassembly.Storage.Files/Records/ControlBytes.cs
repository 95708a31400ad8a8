using System.Buffers;
using Reassembly.Protocol.Control;

namespace Reassembly.Storage.Files.Records;

/// <summary>What a record keeps of control messages: the JSON of the wire.</summary>
internal static class ControlBytes
{
    // A writer asks for much more room than such a message needs.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    public static byte[] Write(OpenMessage open)
    {
        var buffer = Buffer();
        ControlWriter.Write(buffer, open);
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Write(OutcomeMessage outcome)
    {
        var buffer = Buffer();
        ControlWriter.Write(buffer, outcome);
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">These bytes are not such a message.</exception>
    public static OpenMessage ReadOpen(byte[] json)
        => ControlReader.TryReadClient(json, out var message, out var error) && message is OpenMessage open
            ? open
            : throw new InvalidDataException($"a description is not readable: {error?.Message}");

    /// <exception cref="InvalidDataException">These bytes are not such a message.</exception>
    public static OutcomeMessage ReadOutcome(byte[] json)
        => ControlReader.TryReadServer(json, out var message, out var error) && message is OutcomeMessage outcome
            ? outcome
            : throw new InvalidDataException($"an outcome is not readable: {error?.Message}");

    private static ArrayBufferWriter<byte> Buffer()
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>();
        buffer.ResetWrittenCount();
        return buffer;
    }
}
