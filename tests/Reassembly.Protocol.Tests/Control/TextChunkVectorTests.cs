using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Tests.Frames;
using Reassembly.Protocol.Tests.Support;

namespace Reassembly.Protocol.Tests.Control;

public sealed class TextChunkVectorTests
{
    private static readonly VectorFile Vectors = new("text-chunks.json");

    public static TheoryData<string> Names => Vectors.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_chunk_is_the_binary_chunk_of_its_vector(string name)
    {
        var vector = Vectors[name];
        Assert.True(ControlReader.TryReadClient(VectorFile.TextOf(vector), out var message, out _));
        var chunk = Assert.IsType<TextChunkMessage>(message);

        var valid = TextChunk.TryGetHeader(chunk, out var header, out var error);

        if (VectorFile.ErrorOf(vector) is { } code)
        {
            Assert.False(valid);
            Assert.Equal(code, Wire.Name(error!.Code));
            Assert.Equal(ErrorScope.Message, error.Scope);
            Assert.Equal(chunk.Id, error.Id);
            Assert.True(error.Retryable);
            return;
        }

        Assert.True(valid, error?.Message);
        FrameVectorTests.CheckHeader(vector.GetProperty("header"), header, chunk.Data);
    }
}
