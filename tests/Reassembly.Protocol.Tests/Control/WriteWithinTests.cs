using System.Buffers;
using System.Text;
using System.Text.Json;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Ranges;
using Reassembly.Protocol.Tests.Support;

namespace Reassembly.Protocol.Tests.Control;

public sealed class WriteWithinTests
{
    private const long Large = WireProtocol.MaxSafeInteger;

    private static readonly string[] Sentences =
    [
        "short",
        new string('a', 5000),
        string.Concat(Enumerable.Repeat("größer als ", 300)),
        string.Concat(Enumerable.Repeat("\U0001F600", 1000)),
        "x" + string.Concat(Enumerable.Repeat("\U0001F600", 1000)),
        new string('\u0001', 1000),
        new string('"', 1000),
        new string('\ud800', 1000),
    ];

    private static readonly LimitDetail Limit = new("retentionSeconds", long.MaxValue, long.MaxValue, "reassembly-edge-of-some-node-7");

    public static TheoryData<int> Sizes => [256, 257, 300, 512, 1000, 2000, 8192];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Ack_fits_and_calls_no_missing_byte_durable(int size)
    {
        for (var count = 0; count <= WireProtocol.MaxMissingRanges; count++)
        {
            var missing = Enumerable.Range(0, count).Select(index => new ByteRange(Large - 1000 + (index * 10), Large - 995 + (index * 10))).ToList();
            var ack = new AckMessage { Id = Wire.Id, Durable = Large - 1000, Missing = missing, Credit = Large, ExpiresAt = DateTimeOffset.MaxValue };

            var read = Assert.IsType<AckMessage>(Within(ack, size));

            Assert.Equal(ack.Durable, read.Durable);
            Assert.True(read.Missing.Count <= missing.Count);
            Assert.All(missing, range => Assert.Contains(read.Missing, told => told.From <= range.From && range.To <= told.To));
            Assert.Equal(missing.Count == 0, read.Missing.Count == 0);
            if (count > 0)
            {
                Assert.Equal((missing[0].From, missing[^1].To), (read.Missing[0].From, read.Missing[^1].To));
            }
        }
    }

    [Fact]
    public void Ack_that_fits_is_not_shortened()
    {
        var missing = Enumerable.Range(0, 64).Select(index => new ByteRange(index * 10, (index * 10) + 5)).ToList();
        var ack = new AckMessage { Id = Wire.Id, Durable = 0, Missing = missing, Credit = 5, ExpiresAt = DateTimeOffset.UnixEpoch };
        var read = Assert.IsType<AckMessage>(Within(ack, WireProtocol.DefaultReceiveFrameBytes));
        Assert.Equal(missing, read.Missing);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Error_fits_whatever_its_sentence(int size)
    {
        foreach (var sentence in Sentences)
        {
            var error = new ErrorMessage
            {
                Code = ErrorCode.UnknownMessage,
                Scope = ErrorScope.Connection,
                Id = Wire.Id,
                Retryable = false,
                RetryAfterMs = int.MaxValue,
                Limit = Limit,
                Message = sentence,
            };

            var read = Assert.IsType<ErrorMessage>(Within(error, size));

            Assert.Equal((error.Code, error.Scope, error.Id, error.RetryAfterMs), (read.Code, read.Scope, read.Id, read.RetryAfterMs));
            Assert.NotEmpty(read.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Outcome_fits_whatever_its_sentence(int size)
    {
        foreach (var sentence in Sentences)
        {
            var outcome = new OutcomeMessage
            {
                Id = Wire.Id,
                State = OutcomeState.Rejected,
                Size = Large,
                Sha256 = new string('a', 64),
                Error = new ErrorDetail(ErrorCode.MessageTooBig, sentence) { Limit = Limit },
            };

            var read = Assert.IsType<OutcomeMessage>(Within(outcome, size));

            Assert.Equal((outcome.Id, outcome.State, outcome.Size, outcome.Sha256), (read.Id, read.State, read.Size, read.Sha256));
            Assert.Equal(ErrorCode.MessageTooBig, read.Error!.Code);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Goaway_and_pong_fit(int size)
    {
        foreach (var sentence in Sentences)
        {
            Assert.IsType<GoAwayMessage>(Within(new GoAwayMessage { Reason = sentence, GraceMs = int.MaxValue }, size));
        }

        var nonce = JsonSerializer.SerializeToElement(new string('n', WireProtocol.MaxNonceBytes - 2));
        Assert.IsType<PongMessage>(Within(new PongMessage { Nonce = nonce }, size));
    }

    [Fact]
    public void Sentence_is_cut_with_a_sign_and_never_within_a_character()
    {
        var error = new ErrorMessage
        {
            Code = ErrorCode.BadFrame,
            Scope = ErrorScope.Frame,
            Retryable = false,
            Message = "x" + string.Concat(Enumerable.Repeat("\U0001F600", 200)),
        };

        var read = Assert.IsType<ErrorMessage>(Within(error, 400));

        Assert.EndsWith("…", read.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', read.Message);
    }

    [Fact]
    public void What_cannot_be_shortened_says_that_it_does_not_fit()
    {
        var message = new PayloadMessage
        {
            Id = Wire.Id,
            Channel = "c",
            Size = 1,
            Sha256 = new string('a', 64),
            Attempt = 1,
            Headers = new Dictionary<string, string> { ["a"] = new string('b', 300) },
        };

        Assert.False(ControlWriter.WriteWithin(new ArrayBufferWriter<byte>(), message, 256));
        Assert.True(ControlWriter.WriteWithin(new ArrayBufferWriter<byte>(), message, 8192));
    }

    private static ServerMessage Within(ServerMessage message, int size)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("what was there before"u8);
        Assert.True(ControlWriter.WriteWithin(output, message, size), Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.InRange(output.WrittenCount, 1, size);
        Assert.True(ControlReader.TryReadServer(output.WrittenSpan, out var read, out var error), error?.Message);
        return read!;
    }
}
