using System.Text;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Tests.Support;
using Xunit.Abstractions;

namespace Reassembly.Protocol.Tests.Control;

public sealed class ControlFuzzTests(ITestOutputHelper output)
{
    private static readonly byte[][] Pieces =
        [.. new[] { "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "true", "-1", "1e9", "9007199254740992", "\"id\":", "\"type\":", "\0", " ", "é" }.Select(Encoding.UTF8.GetBytes), [0xFF], [0xC3]];

    [Fact]
    public void Mutated_client_text_never_throws_and_what_is_taken_can_be_written_and_read_again()
    {
        var texts = new VectorFile("control-client.json").All.Select(VectorFile.TextOf).Where(text => text.Length < 600).ToList();
        Fuzz(texts, text =>
        {
            if (!ControlReader.TryReadClient(text, out var message, out var error))
            {
                CheckRefused(error);
                return false;
            }

            var written = Wire.Json(message!);
            Assert.True(ControlReader.TryReadClient(written, out var again, out error), error?.Message);
            Assert.Equal(written, Wire.Json(again!));
            if (message is TextChunkMessage chunk)
            {
                TextChunk.TryGetHeader(chunk, out _, out _);
            }
            else if (message is PingMessage ping)
            {
                Wire.Json(new PongMessage { Nonce = ping.Nonce });
            }

            return true;
        });
    }

    [Fact]
    public void Mutated_server_text_never_throws_and_what_is_taken_can_be_written_and_read_again()
    {
        var texts = new VectorFile("control-server.json").All.Select(VectorFile.TextOf).Where(text => text.Length < 600).ToList();
        Fuzz(texts, text =>
        {
            if (!ControlReader.TryReadServer(text, out var message, out var error))
            {
                CheckRefused(error);
                return false;
            }

            var written = Wire.Json(message!);
            Assert.True(ControlReader.TryReadServer(written, out var again, out error), error?.Message);
            Assert.Equal(written, Wire.Json(again!));
            return true;
        });
    }

    private static void CheckRefused(ProtocolError? error)
    {
        Assert.Contains(error!.Code, new[] { ErrorCode.BadJson, ErrorCode.UnknownType });
        Assert.InRange(error.Message.Length, 1, 300);
        Assert.DoesNotContain("\\uFFFD", Wire.Text(ErrorMessage.From(error)), StringComparison.Ordinal);
    }

    private void Fuzz(List<byte[]> texts, Func<byte[], bool> takes)
    {
        const int Rounds = 100_000;
        var random = Seeded.Random(output);
        var taken = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var text = texts[random.Next(texts.Count)];
            for (var mutation = random.Next(1, 4); mutation > 0; mutation--)
            {
                text = Mutate(random, text);
            }

            try
            {
                taken += takes(text) ? 1 : 0;
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"input (hex): {Convert.ToHexStringLower(text)}", exception);
            }
        }

        output.WriteLine($"{taken} of {Rounds} taken");
    }

    private static byte[] Mutate(Random random, byte[] text)
    {
        var at = random.Next(text.Length + 1);
        switch (random.Next(5))
        {
            case 0:
                return text[..at];
            case 1:
                return [.. text[..at], .. Pieces[random.Next(Pieces.Length)], .. text[at..]];
            case 2 when at < text.Length:
                return [.. text[..at], .. text[Math.Min(text.Length, at + random.Next(1, 8))..]];
            case 3 when at < text.Length:
                var changed = text.ToArray();
                changed[at] = (byte)random.Next(256);
                return changed;
            default:
                var from = random.Next(at + 1);
                return [.. text[..at], .. text[from..at], .. text[at..]];
        }
    }
}
