using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Tests.Support;

namespace Reassembly.Protocol.Tests.Frames;

public sealed class FrameVectorTests
{
    private static readonly VectorFile Vectors = new("frames.json");

    public static TheoryData<string> Names => Vectors.Names;

    public static TheoryData<string> ValidNames => Vectors.ValidNames;

    [Theory]
    [MemberData(nameof(Names))]
    public void Frame_in_one_piece_means_what_its_vector_says(string name)
    {
        var vector = Vectors[name];
        var frame = Convert.FromHexString(vector.GetProperty("frameHex").GetString()!);

        var valid = ChunkFrame.TryRead(frame, out var header, out var payload, out var error);

        Check(vector, valid, header, payload.Span, error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Frame_split_anywhere_means_what_its_vector_says(string name)
    {
        var vector = Vectors[name];
        var frame = Convert.FromHexString(vector.GetProperty("frameHex").GetString()!);
        for (var at = 0; at <= frame.Length; at++)
        {
            var valid = ChunkFrame.TryRead(Segments.SplitAt(frame, at), out var header, out var payload, out var error);
            Check(vector, valid, header, payload.ToArray(), error);
        }

        foreach (var size in new[] { 1, 2, 3, 7, 47, 48, 49 })
        {
            var valid = ChunkFrame.TryRead(Segments.Every(frame, size), out var header, out var payload, out var error);
            Check(vector, valid, header, payload.ToArray(), error);
        }
    }

    [Theory]
    [MemberData(nameof(ValidNames))]
    public void Valid_frame_is_written_as_its_vector_has_it(string name)
    {
        var vector = Vectors[name];
        var frame = Convert.FromHexString(vector.GetProperty("frameHex").GetString()!);

        Assert.True(ChunkFrame.TryRead(frame, out var header, out var payload, out _));
        var written = Wire.Frame(header, payload.Span);

        // A longer header is read and never written: what this version knows of it must be the same.
        Assert.True(ChunkFrame.TryRead(written, out var again, out var payloadAgain, out _));
        Assert.Equal(header, again);
        Assert.True(payload.Span.SequenceEqual(payloadAgain.Span));
        if (frame[3] == ChunkHeader.Size / 4)
        {
            Assert.Equal(frame, written);
        }
    }

    private static void Check(JsonElement vector, bool valid, in ChunkHeader header, ReadOnlySpan<byte> payload, ProtocolError? error)
    {
        if (VectorFile.ErrorOf(vector) is { } code)
        {
            Assert.False(valid);
            Assert.Equal(code, Wire.Name(error!.Code));
            Assert.Equal(code == "CRC_MISMATCH", error.Retryable);
            Assert.True(payload.IsEmpty);
            return;
        }

        Assert.True(valid, error?.Message);
        Assert.Null(error);
        CheckHeader(vector.GetProperty("header"), header, payload);
    }

    internal static void CheckHeader(JsonElement expected, in ChunkHeader header, ReadOnlySpan<byte> payload)
    {
        Assert.Equal(expected.GetProperty("sequence").GetUInt32(), header.Sequence);
        Assert.Equal(expected.GetProperty("id").GetString(), header.Id.ToString());
        Assert.Equal(expected.GetProperty("offset").GetString(), header.Offset.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(expected.GetProperty("totalSize").GetString(), header.TotalSize.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(expected.GetProperty("last").GetBoolean(), header.IsLast);
        Assert.Equal(expected.GetProperty("payloadHex").GetString(), Convert.ToHexStringLower(payload));
        Assert.Equal(payload.Length, header.PayloadLength);
    }
}
