using System.Text.Json;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Tests.Support;

namespace Reassembly.Protocol.Tests.Control;

public sealed class ControlVectorTests
{
    private static readonly VectorFile Client = new("control-client.json");
    private static readonly VectorFile Server = new("control-server.json");

    private delegate byte[]? Reading(ReadOnlySpan<byte> text, out ProtocolError? error);

    public static TheoryData<string> ClientNames => Client.Names;

    public static TheoryData<string> ServerNames => Server.Names;

    [Theory]
    [MemberData(nameof(ClientNames))]
    public void Client_text_means_what_its_vector_says(string name) => Check(Client[name], ReadClient);

    [Theory]
    [MemberData(nameof(ServerNames))]
    public void Server_text_means_what_its_vector_says(string name) => Check(Server[name], ReadServer);

    [Theory]
    [MemberData(nameof(ClientNames))]
    public void Client_text_cut_at_any_byte_is_bad_json(string name) => CheckEveryCut(Client[name], ReadClient);

    [Theory]
    [MemberData(nameof(ServerNames))]
    public void Server_text_cut_at_any_byte_is_bad_json(string name) => CheckEveryCut(Server[name], ReadServer);

    private static void Check(JsonElement vector, Reading read)
    {
        var written = read(VectorFile.TextOf(vector), out var error);
        if (VectorFile.ErrorOf(vector) is { } code)
        {
            Assert.Null(written);
            Assert.Equal(code, Wire.Name(error!.Code));
            Assert.Equal(ErrorScope.Frame, error.Scope);
            Assert.DoesNotContain("System.", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("Reassembly.", error.Message, StringComparison.Ordinal);
            Assert.Null(Record.Exception(() => Wire.Json(ErrorMessage.From(error))));
            return;
        }

        Assert.True(written is not null, error?.Message);
        Assert.Null(error);
        var expected = vector.GetProperty("message");
        var actual = Wire.Element(written);
        Assert.True(JsonElement.DeepEquals(expected, actual), $"expected {expected}, got {actual}");

        Assert.Equal(written, read(written, out _));
    }

    private static void CheckEveryCut(JsonElement vector, Reading read)
    {
        var text = VectorFile.TextOf(vector);
        if (VectorFile.ErrorOf(vector) is not null)
        {
            for (var length = 0; length < text.Length; length++)
            {
                Assert.NotEqual(read(text.AsSpan(0, length), out var error) is null, error is null);
            }

            return;
        }

        var end = text.AsSpan().LastIndexOf((byte)'}') + 1;
        for (var length = 0; length < end; length++)
        {
            Assert.Null(read(text.AsSpan(0, length), out var error));
            Assert.Equal(ErrorCode.BadJson, error!.Code);
        }
    }

    // What was read, written again: a message and its text are told apart by nothing else.
    private static byte[]? ReadClient(ReadOnlySpan<byte> text, out ProtocolError? error)
        => ControlReader.TryReadClient(text, out var message, out error) ? Wire.Json(message!) : null;

    private static byte[]? ReadServer(ReadOnlySpan<byte> text, out ProtocolError? error)
        => ControlReader.TryReadServer(text, out var message, out error) ? Wire.Json(message!) : null;
}
