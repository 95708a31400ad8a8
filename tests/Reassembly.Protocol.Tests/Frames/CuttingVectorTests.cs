using Reassembly.Protocol.Frames;
using Reassembly.Protocol.Tests.Support;

namespace Reassembly.Protocol.Tests.Frames;

public sealed class CuttingVectorTests
{
    private static readonly VectorFile Vectors = new("cutting.json");

    public static TheoryData<string> Names => Vectors.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_is_cut_into_the_frames_of_its_vector(string name)
    {
        var vector = Vectors[name];
        var content = Convert.FromHexString(vector.GetProperty("contentHex").GetString()!);
        var id = Wire.Parse(vector.GetProperty("id").GetString()!);
        var size = vector.GetProperty("chunkBytes").GetInt32();
        var frames = vector.GetProperty("frames").EnumerateArray().Select(frame => frame.GetString()!).ToList();

        var cut = new List<string>();
        for (var sequence = 0; sequence < frames.Count; sequence++)
        {
            var payload = content.AsSpan(Math.Min(sequence * size, content.Length));
            payload = payload[..Math.Min(size, payload.Length)];
            var header = new ChunkHeader
            {
                Sequence = (uint)sequence,
                Id = id,
                Offset = sequence * size,
                TotalSize = vector.GetProperty("totalKnown").GetBoolean() ? (ulong)content.Length : ChunkHeader.UnknownSize,
                PayloadLength = payload.Length,
                IsLast = sequence == frames.Count - 1,
            };
            cut.Add(Convert.ToHexStringLower(Wire.Frame(header, payload)));
        }

        Assert.Equal(frames, cut);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Frames_of_a_vector_hold_the_whole_message(string name)
    {
        var vector = Vectors[name];
        var whole = new List<byte>();
        var last = false;
        foreach (var hex in vector.GetProperty("frames").EnumerateArray())
        {
            Assert.False(last);
            Assert.True(ChunkFrame.TryRead(Convert.FromHexString(hex.GetString()!), out var header, out var payload, out _));
            Assert.Equal(whole.Count, header.Offset);
            whole.AddRange(payload.Span);
            last = header.IsLast;
        }

        Assert.True(last);
        Assert.Equal(vector.GetProperty("contentHex").GetString(), Convert.ToHexStringLower(whole.ToArray()));
    }
}
