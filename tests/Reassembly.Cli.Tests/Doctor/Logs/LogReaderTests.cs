using Reassembly.Cli.Doctor.Logs;

namespace Reassembly.Cli.Tests.Doctor.Logs;

public sealed class LogReaderTests
{
    [Theory]

    // Taken from ws 8.12.0 and 8.16.0, websockets 10.4, gorilla 1.5.0 and Tomcat 10.1.60.
    [InlineData("RangeError: Max payload size exceeded", "ws", "ws", LogSide.Writer, null, null)]
    [InlineData("  code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',", "ws", "ws", LogSide.Writer, null, null)]
    [InlineData("websockets.exceptions.ConnectionClosedError: sent 1009 (message too big); no close frame received", "websockets", "websockets", LogSide.Writer, null, null)]
    [InlineData("websockets.exceptions.PayloadTooBig: over size limit (1048576 > 65536 bytes)", "websockets", "websockets", LogSide.Writer, 65_536, 1_048_576)]
    [InlineData("websockets.exceptions.ConnectionClosedError: received 1009 (message too big); then sent 1009 (message too big)", "websockets", null, LogSide.Peer, null, null)]
    [InlineData("websockets.exceptions.ConnectionClosedError: received 1009 (message too big) message too big; then sent 1009 (message too big) message too big", "websockets", "tornado", LogSide.Peer, null, null)]
    [InlineData("received 1009 (message too big) No async message support and buffer too small. Buffer size: [65,536], Message size: [114]; then sent 1009 (message too big)", "websockets", "tomcat", LogSide.Peer, 65_536, 114)]
    [InlineData("2026/11/26 10:47:43 websocket: read limit exceeded", "gorilla", "gorilla", LogSide.Writer, null, null)]
    [InlineData("2026/11/26 10:47:43 websocket: close 1009 (message too big): message too big", "gorilla", "tornado", LogSide.Peer, null, null)]
    [InlineData("2026/11/26 10:47:43 websocket: close 1009 (message too big)", "gorilla", null, LogSide.Peer, null, null)]
    [InlineData("closed: CloseReason: code [1009], reason [No async message support and buffer too small. Buffer size: [65,536], Message size: [1,048,576]]", null, "tomcat", LogSide.Either, 65_536, 1_048_576)]
    [InlineData("No async message support and buffer too small. Buffer size: [8,192], Message size: [9.000]", null, "tomcat", LogSide.Either, 8_192, 9_000)]
    [InlineData("closed: CloseReason: code [1009], reason [The decoded text message was too big for the output buffer and the endpoint does not support partial messages]", null, "tomcat", LogSide.Either, null, null)]
    [InlineData("CloseReason: code [1009], reason [null]", null, null, LogSide.Peer, null, null)]
    [InlineData("close 1009 message too big", "tornado", "tornado", LogSide.Either, null, null)]

    // From the issues that are named beside each form.
    [InlineData("websockets.exceptions.ConnectionClosedError: received 1009 (message too big) Max frame length of 65536 has been exceeded.", "websockets", "netty", LogSide.Peer, 65_536, null)]
    [InlineData("sent 1009 (message too big) frame with 1048577 bytes exceeds limit of 1048576 bytes; no close frame received", "websockets", "websockets", LogSide.Writer, 1_048_576, 1_048_577)]
    [InlineData("StompConversionException: STOMP 'content-length' header value 136642 exceeds configured buffer size limit 65536", "spring-stomp", "spring-stomp", LogSide.Either, 65_536, 136_642)]
    [InlineData("The configured STOMP buffer size limit of 65536 bytes has been exceeded", "spring-stomp", "spring-stomp", LogSide.Either, 65_536, null)]
    [InlineData("Buffer size 524292 bytes for session 'a1' exceeds the allowed limit 524288", "spring-send", "spring-send", LogSide.Writer, 524_288, 524_292)]
    [InlineData("System.IO.InvalidDataException: The maximum message size of 32768B was exceeded. The message size can be configured in AddHubOptions.", "signalr", "signalr", LogSide.Either, 32_768, null)]
    [InlineData("MessageTooLargeException: Text message size [75508] exceeds maximum size [65536]", null, "jetty", LogSide.Either, 65_536, 75_508)]
    [InlineData("Binary message too large: (actual) 66,522 > (configured max binary message size) 65,536", null, "jetty", LogSide.Either, 65_536, 66_522)]
    [InlineData("MessageTooLargeException: Resulting message size [73728] is too large for configured max of [65536]", null, "jetty", LogSide.Either, 65_536, 73_728)]
    [InlineData("aiohttp.http_websocket.WebSocketError: Message size 4194305 exceeds limit 4194304", null, "aiohttp", LogSide.Either, 4_194_304, 4_194_305)]
    [InlineData("failed to read: read limited at 32769 bytes", null, "coder", LogSide.Either, 32_769, null)]
    [InlineData("Space limit exceeded: Message too long: 181475 > 131072", "tungstenite", "tungstenite", LogSide.Writer, 131_072, 181_475)]
    [InlineData("Capacity(MessageTooLong { size: 47175864, max_size: 16777216 })", "tungstenite", "tungstenite", LogSide.Writer, 16_777_216, 47_175_864)]
    [InlineData("1009: Frame size of 131000 bytes exceeds maximum accepted frame size", null, "websocket-node", LogSide.Either, null, 131_000)]
    [InlineData("failed to read msg: exceeding max payload len", "openresty", "openresty", LogSide.Writer, null, null)]
    [InlineData("CloseEvent {isTrusted: true, wasClean: true, code: 1009, reason: \"\", type: \"close\"}", "browser", null, LogSide.Peer, null, null)]
    [InlineData("closed {\"code\":1009,\"reason\":\"message too big\"}", "browser", "tornado", LogSide.Peer, null, null)]
    [InlineData("1009 frame of 1048576 bytes exceeds the limit of 65536 bytes", null, "reassembly", LogSide.Either, 65_536, 1_048_576)]
    [InlineData("{\"type\":\"error\",\"code\":\"FRAME_TOO_BIG\",\"limit\":{\"name\":\"frameBytes\",\"max\":65536,\"actual\":70000}}", null, "reassembly", LogSide.Either, 65_536, 70_000)]
    [InlineData("disconnected: 1009", null, null, LogSide.Peer, null, null)]
    public void A_line_is_explained(string line, string? writer, string? refuser, object side, int? limit, int? actual)
    {
        var finding = LogReader.Explain(line, 7);

        Assert.NotNull(finding);
        Assert.Equal((writer, refuser, (LogSide)side), (finding.Writer?.Id, finding.Refuser?.Id, finding.Side));
        Assert.Equal((limit, actual, 7, true), ((int?)finding.Max, (int?)finding.Actual, finding.Line, finding.IsAboutSize));
        Assert.NotEmpty(finding.Meaning);
    }

    [Theory]
    [InlineData("System.Net.WebSockets.WebSocketException: The remote party closed the WebSocket connection without completing the close handshake.", "dotnet")]
    [InlineData("CloseEvent {wasClean: false, code: 1006, reason: \"\"}", "browser")]
    [InlineData("2026/11/26 10:47:43 websocket: close 1006 (abnormal closure): unexpected EOF", "gorilla")]
    [InlineData("upstream timed out (110: Connection timed out) while proxying upgraded connection, client: 10.0.0.1", "nginx")]
    [InlineData("recv() failed (104: Connection reset by peer) while proxying upgraded connection", "nginx")]
    public void A_line_that_need_not_be_about_size_says_so(string line, string writer)
    {
        var finding = LogReader.Explain(line, 1)!;
        Assert.Equal((writer, false), (finding.Writer?.Id, finding.IsAboutSize));
        Assert.Null(finding.Refuser);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /ws 101")]
    [InlineData("listening on port 51009")]
    [InlineData("close 1000 (normal)")]
    public void Other_lines_are_let_alone(string line) => Assert.Null(LogReader.Explain(line, 1));

    [Fact]
    public async Task A_stack_trace_is_told_once_and_its_numbers_are_kept()
    {
        using var log = new StringReader(
            """
            ERROR:websockets.server:connection handler failed
            websockets.exceptions.ConnectionClosedError: sent 1009 (message too big); no close frame received
            Traceback (most recent call last):
            websockets.exceptions.PayloadTooBig: over size limit (1048576 > 65536 bytes)
            RangeError: Max payload size exceeded
              code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
              [Symbol(status-code)]: 1009
            """);
        var findings = await LogReader.ReadAsync(log, CancellationToken.None);

        Assert.Equal([(2, "websockets", 65_536L), (5, "ws", null)], findings.Take(2).Select(finding => (finding.Line, finding.Refuser!.Id, finding.Max)));
        Assert.Equal(2, findings.Count);
    }

    [Fact]
    public void A_line_without_end_costs_no_more_than_a_long_one()
        => Assert.NotNull(LogReader.Explain("websocket: read limit exceeded " + new string('1', 10_000_000), 1));
}
