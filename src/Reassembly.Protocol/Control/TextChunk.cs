using System.Globalization;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Integrity;

namespace Reassembly.Protocol.Control;

/// <summary>Turns a chunk that came as text into what the same chunk says as a binary frame.</summary>
public static class TextChunk
{
    /// <summary>Checks the checksum, where one is given, and gives the header.</summary>
    /// <param name="message">The chunk as text; its data becomes the payload.</param>
    /// <param name="header">The header that the binary frame would have.</param>
    /// <param name="error"><c>CRC_MISMATCH</c>.</param>
    public static bool TryGetHeader(TextChunkMessage message, out ChunkHeader header, out ProtocolError? error)
    {
        ArgumentNullException.ThrowIfNull(message);
        header = new ChunkHeader
        {
            Sequence = message.Sequence,
            Id = message.Id,
            Offset = message.Offset,
            TotalSize = message.Size is { } size ? (ulong)size : ChunkHeader.UnknownSize,
            PayloadLength = message.Data.Length,
            IsLast = message.Last,
        };
        error = null;
        if (message.Crc32C is { } announced && announced != Crc32C.Compute(message.Data))
        {
            var actual = ChunkFrame.ComputeCrc(header, message.Data);
            error = announced == actual ? null : ChunkFrame.CrcMismatch(header, announced, actual);
        }

        return error is null;
    }

    /// <summary>The eight lower-case hex digits of a checksum.</summary>
    public static string FormatCrc(uint crc) => crc.ToString("x8", CultureInfo.InvariantCulture);
}
