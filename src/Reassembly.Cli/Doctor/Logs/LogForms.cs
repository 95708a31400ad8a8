using System.Text.RegularExpressions;

namespace Reassembly.Cli.Doctor.Logs;

/// <summary>
/// The error lines of the libraries, the most telling form first. Those of ws, websockets, gorilla, Tornado, Tomcat, Kestrel and SignalR were
/// taken from the real libraries; each of the others has its source beside it.
/// </summary>
internal static class LogForms
{
    private const string Refused = "It received a message above its own limit and closed with 1009.";
    private const string WasRefused = "What it sent was too big for the other side, or for a hop on the way, which closed with 1009.";
    private const string SaidSo = "A message above this limit arrived; whoever wrote the line has the limit, or tells what the other side said.";
    private const string NoCloseFrame = "The connection ended without a close frame: too big a message is one cause among several (a crash, a time-out, a proxy). Look at what the other side wrote, or try sizes with reassembly doctor URL.";

    public static IReadOnlyList<LogForm> All { get; } =
    [
        New("websockets", "websockets", LogSide.Writer, @"PayloadTooBig: over size limit \((?<actual>\d+) > (?<max>\d+) bytes\)", "It received a frame above what was left of its limit; with a message of several frames the numbers are what came and what was left."),
        // websockets 14 and later, src/websockets/exceptions.py
        New("websockets", "websockets", LogSide.Writer, @"frame (with (?<actual>\d+) bytes )?(after reading \d+ bytes )?exceeds limit of (?<max>\d+) bytes", Refused),
        New("websockets", "websockets", LogSide.Writer, @"sent 1009 \(message too big\) over size limit \((?<actual>\d+) > (?<max>\d+) bytes\)", Refused),
        New("websockets", null, LogSide.Peer, @"received 1009 \(message too big\)( (?<reason>[^;]+))?(;|$)", WasRefused),
        New("websockets", "websockets", LogSide.Writer, @"sent 1009 \(message too big\)", Refused),

        New("ws", "ws", LogSide.Writer, "RangeError: Max payload size exceeded", Refused),
        New("ws", "ws", LogSide.Writer, @"WS_ERR_UNSUPPORTED_MESSAGE_LENGTH|\[Symbol\(status-code\)\]: 1009", Refused),
        New("gorilla", "gorilla", LogSide.Writer, "websocket: read limit exceeded", Refused),
        New("gorilla", null, LogSide.Peer, @"websocket: close 1009 \(message too big\)(: (?<reason>.+))?", WasRefused),
        New("gorilla", null, LogSide.Either, @"websocket: close 1006 \(abnormal closure\)", NoCloseFrame) with { IsAboutSize = false },

        New(null, "tomcat", LogSide.Either, @"No async message support and buffer too small. Buffer size: \[(?<max>[\d,. ]+)\], Message size: \[(?<actual>[\d,. ]+)\]", "A message did not fit into Tomcat's buffer. The message size that it tells is that of the last piece that came, and smaller than the message where that was cut or compressed."),
        New(null, "tomcat", LogSide.Either, "The decoded text message was too big for the output buffer and the endpoint does not support partial messages", "A text message did not fit into Tomcat's text buffer."),
        // https://github.com/TencentBlueKing/bk-repo/issues/2829; spring-messaging, BufferingStompDecoder
        New("spring-stomp", "spring-stomp", LogSide.Either, @"STOMP 'content-length' header value (?<actual>\d+) exceeds configured buffer size limit (?<max>\d+)", SaidSo),
        New("spring-stomp", "spring-stomp", LogSide.Either, @"The configured STOMP buffer size limit of (?<max>\d+) bytes has been exceeded", SaidSo),
        // spring-websocket, ConcurrentWebSocketSessionDecorator
        New("spring-send", "spring-send", LogSide.Writer, @"Buffer size (?<actual>\d+) bytes for session '[^']*' exceeds the allowed limit (?<max>\d+)", "It sends faster than its client reads, and gave the session up. No message was too big."),
        // https://github.com/dotnet/aspnetcore/issues/15085
        New("signalr", "signalr", LogSide.Either, @"The maximum message size of (?<max>\d+)B was exceeded", SaidSo),

        // https://github.com/jetty/jetty.project/issues/3536, https://github.com/igniterealtime/openfire-pade-plugin/issues/475, https://github.com/sirjonasxx/G-Earth/issues/148
        New(null, "jetty", LogSide.Either, @"(Text|Binary) message size \[(?<actual>\d+)\] exceeds maximum size \[(?<max>\d+)\]", SaidSo),
        New(null, "jetty", LogSide.Either, @"(Text|Binary) message too large: (\(actual\) )?(?<actual>[\d,]+) > (\(configured max \w+ message size\) )?(?<max>[\d,]+)", SaidSo),
        New(null, "jetty", LogSide.Either, @"Resulting message size \[(?<actual>\d+)\] is too large for configured max of \[(?<max>\d+)\]", SaidSo),
        // https://github.com/spring-projects/spring-boot/issues/15720
        New(null, "netty", LogSide.Either, @"Max frame length of (?<max>\d+) has been exceeded", "One frame was above this limit; a message that is cut into several frames passes."),
        // aiohttp/http_websocket.py
        New(null, "aiohttp", LogSide.Either, @"Message size (?<actual>\d+) exceeds limit (?<max>\d+)", SaidSo),
        // https://github.com/coder/websocket/issues/312
        New(null, "coder", LogSide.Either, @"read limited at (?<max>\d+) bytes", "A message above its limit arrived; the number in the line may be the limit and one."),
        // https://github.com/mikedilger/gossip/issues/269, https://github.com/snapview/tungstenite-rs/issues/340
        New("tungstenite", "tungstenite", LogSide.Writer, @"Message too long: (?<actual>\d+) > (?<max>\d+)", "It received a message or a frame above its own limit, and ended the connection without a close frame: the sender sees 1006."),
        New("tungstenite", "tungstenite", LogSide.Writer, @"MessageTooLong \{ size: (?<actual>\d+), max_size: (?<max>\d+) \}", "It received a message or a frame above its own limit, and ended the connection without a close frame: the sender sees 1006."),
        // https://github.com/theturtle32/WebSocket-Node/issues/403
        New(null, "websocket-node", LogSide.Either, @"Frame size of (?<actual>\d+) bytes exceeds maximum accepted frame size", SaidSo),
        // https://github.com/uNetworking/uWebSockets/issues/1321
        New(null, "uwebsockets", LogSide.Either, "Received too big message", SaidSo),
        // https://github.com/openresty/lua-resty-websocket, lib/resty/websocket/protocol.lua
        New("openresty", "openresty", LogSide.Writer, "exceeding max payload len", "It received a frame above max_payload_len (65,535 bytes unless set); a message that is cut into smaller frames passes."),

        New(null, "reassembly", LogSide.Either, @"frame of (?<actual>\d+) bytes exceeds the limit of (?<max>\d+) bytes", SaidSo),
        New(null, "reassembly", LogSide.Either, """(FRAME_TOO_BIG|MESSAGE_TOO_BIG)(.*"max":(?<max>\d+))?(.*"actual":(?<actual>\d+))?""", SaidSo),

        // https://github.com/beyondcode/laravel-websockets/issues/709
        New("nginx", null, LogSide.Either, @"upstream timed out .* while proxying upgraded connection", "Nothing was sent for proxy_read_timeout (60 s unless set). This is not about size: send pings more often than that, or raise it.") with { IsAboutSize = false },
        New("nginx", null, LogSide.Peer, @"(recv|send)\(\) failed \(104: Connection reset by peer\) while proxying upgraded connection", "One of the two sides that nginx stands between tore the connection down. nginx has no limit for frames: look at what that side wrote.") with { IsAboutSize = false },

        New("dotnet", null, LogSide.Either, "The remote party closed the WebSocket connection without completing the close handshake", NoCloseFrame) with { IsAboutSize = false },
        New("dotnet", null, LogSide.Peer, "MessageTooBig", WasRefused),
        New("tornado", "tornado", LogSide.Either, "message too big$", "Tornado says this, and only in its close frame: a server or client on Tornado refused a message above its limit."),
        New(null, null, LogSide.Peer, @"CloseReason: code \[1009\], reason \[(?<reason>.*)\]", WasRefused),
        New("browser", null, LogSide.Peer, """code["']?\s*[:=]\s*1009\b(.*reason["']?\s*[:=]\s*["'](?<reason>[^"']*))?""", WasRefused),
        New("browser", null, LogSide.Either, """code["']?\s*[:=]\s*1006\b""", NoCloseFrame) with { IsAboutSize = false },
        New(null, null, LogSide.Peer, @"\b1009\b[\s,:;-]*(?<reason>.*)", "1009 means that a message was too big for whoever closed."),
    ];

    private static LogForm New(string? writer, string? refuser, LogSide side, string pattern, string meaning)
        => new(writer, refuser, side, new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture), meaning);
}
