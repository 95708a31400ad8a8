using System.Text;
using System.Text.Json;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Tests.Support;

namespace Reassembly.Protocol.Tests.Control;

public sealed class WireFormTests
{
    [Fact]
    public void Error_codes_have_the_names_of_the_contract_in_its_order()
        => Assert.Equal(
            [
                "BAD_JSON", "UNKNOWN_TYPE", "BAD_FRAME", "FRAME_TOO_BIG", "MESSAGE_TOO_BIG", "CHUNK_TOO_SMALL", "CRC_MISMATCH",
                "SIZE_CONFLICT", "DATA_CONFLICT", "OPEN_CONFLICT", "DIGEST_MISMATCH", "UNKNOWN_MESSAGE", "TOO_MANY_OPEN",
                "QUOTA_EXCEEDED", "OVERLOADED", "NOT_DURABLE", "EXPIRED", "UNAUTHORIZED", "FORBIDDEN",
            ],
            Names<ErrorCode>());

    [Fact]
    public void Scopes_states_and_durabilities_have_the_names_of_the_contract()
    {
        Assert.Equal(["frame", "message", "connection"], Names<ErrorScope>());
        Assert.Equal(["committed", "rejected", "expired", "aborted"], Names<OutcomeState>());
        Assert.Equal(["memory", "disk", "database"], Names<Durability>());
    }

    [Fact]
    public void Welcome_is_written_with_every_limit_of_the_contract()
    {
        var welcome = new WelcomeMessage
        {
            Protocol = WireProtocol.Subprotocol,
            Connection = "c",
            Node = "n",
            Durability = Durability.Disk,
            Limits = new ProtocolLimits(),
        };

        Assert.Equal(
            """{"type":"welcome","protocol":"reassembly.v1","connection":"c","node":"n","durability":"disk","limits":{"frameBytes":65536,"chunkBytes":65488,"minChunkBytes":1024,"messageBytes":1073741824,"openMessages":1024,"windowBytes":8388608,"idleSeconds":60,"messageSeconds":3600,"retentionSeconds":3600}}""",
            Wire.Text(welcome));
    }

    [Fact]
    public void Limit_that_a_welcome_does_not_name_keeps_its_default()
    {
        var welcome = Assert.IsType<WelcomeMessage>(ReadServer("""{"type":"welcome","protocol":"reassembly.v1","connection":"c","node":"n","durability":"disk","limits":{"frameBytes":1000}}"""));
        Assert.Equal(new ProtocolLimits { FrameBytes = 1000 }, welcome.Limits);
        Assert.Equal(952, welcome.Limits.ChunkBytes);
    }

    [Fact]
    public void Time_is_written_in_utc_to_the_millisecond()
    {
        var ack = new AckMessage
        {
            Id = Wire.Id,
            Durable = 1,
            Missing = [],
            Credit = 2,
            ExpiresAt = new DateTimeOffset(2026, 1, 31, 14, 30, 0, 7, TimeSpan.FromHours(2)),
        };

        Assert.Equal(
            """{"type":"ack","id":"0199c0de-0000-7000-8000-000000000001","durable":1,"missing":[],"credit":2,"expiresAt":"2026-01-31T12:30:00.007Z"}""",
            Wire.Text(ack));
    }

    [Fact]
    public void Number_above_the_safe_ones_is_told_as_the_largest_safe_one()
    {
        var error = new ProtocolError(ErrorCode.MessageTooBig, ErrorScope.Message, "too big") { Limit = new LimitDetail("messageBytes", long.MaxValue, 1L << 53, "edge") };
        var limit = Wire.Element(Wire.Json(ErrorMessage.From(error))).GetProperty("limit");
        Assert.Equal(WireProtocol.MaxSafeInteger, limit.GetProperty("max").GetInt64());
        Assert.Equal(WireProtocol.MaxSafeInteger, limit.GetProperty("actual").GetInt64());
    }

    [Fact]
    public void Any_number_that_the_protocol_allows_is_read_where_32_bits_are_kept()
    {
        var hello = Assert.IsType<HelloMessage>(ReadClient("""{"type":"hello","receiveFrameBytes":9007199254740991}"""));
        Assert.Equal(int.MaxValue, hello.ReceiveFrameBytes);
        var goAway = Assert.IsType<GoAwayMessage>(ReadServer("""{"type":"goaway","reason":"x","graceMs":3000000000}"""));
        Assert.Equal(int.MaxValue, goAway.GraceMs);
    }

    [Fact]
    public void Nonce_comes_back_byte_for_byte()
    {
        foreach (var nonce in new[] { "1.50", "1e400", "\"\\u0041\\/\"", "\"\\ud800\"", "{ \"a\" : [ 1 ] }", "null", "\"é\"" })
        {
            var ping = Assert.IsType<PingMessage>(ReadClient($$"""{"type":"ping","nonce":{{nonce}}}"""));
            Assert.Equal($$"""{"type":"pong","nonce":{{nonce}}}""", Wire.Text(new PongMessage { Nonce = ping.Nonce }));
        }
    }

    [Fact]
    public void Bad_json_names_the_message_and_the_field()
    {
        var text = Encoding.UTF8.GetBytes($$"""{"type":"open","id":"{{Wire.Id}}","size":-1}""");
        Assert.False(ControlReader.TryReadClient(text, out _, out var error));
        Assert.Equal(Wire.Id, error!.Id);
        Assert.Equal("size: a whole number from 0 to 2^53 - 1 is expected", error.Message);
        Assert.False(error.Retryable);

        Assert.False(ControlReader.TryReadClient("""{"type":"status"}"""u8, out _, out error));
        Assert.Equal("a field is missing; needed: id", error!.Message);
    }

    [Fact]
    public void Unknown_type_is_told_with_its_name_cut_where_it_is_long()
    {
        var text = Encoding.UTF8.GetBytes($$"""{"type":"{{new string('a', 198)}}😀 and more"}""");
        Assert.False(ControlReader.TryReadClient(text, out _, out var error));
        Assert.Equal(ErrorCode.UnknownType, error!.Code);
        Assert.Equal($"type '{new string('a', 198)}…' is not known in reassembly.v1", error.Message);
    }

    [Fact]
    public void Error_survives_the_way_to_the_client()
    {
        var error = new ProtocolError(ErrorCode.Overloaded, ErrorScope.Message, "later <é>")
        {
            Id = Wire.Id,
            Retryable = true,
            RetryAfterMs = 250,
            Limit = new LimitDetail("windowBytes", 8, 9, "edge"),
        };

        var read = Assert.IsType<ErrorMessage>(ReadServer(Wire.Text(ErrorMessage.From(error))));

        Assert.Equal(error, read.ToError());
    }

    private static IEnumerable<string> Names<TEnum>()
        where TEnum : struct, Enum
        => Enum.GetValues<TEnum>().Select(value => JsonSerializer.SerializeToElement(value).GetString()!);

    private static ServerMessage ReadServer(string text)
    {
        Assert.True(ControlReader.TryReadServer(Encoding.UTF8.GetBytes(text), out var message, out var error), error?.Message);
        return message!;
    }

    private static ClientMessage ReadClient(string text)
    {
        Assert.True(ControlReader.TryReadClient(Encoding.UTF8.GetBytes(text), out var message, out var error), error?.Message);
        return message!;
    }
}
