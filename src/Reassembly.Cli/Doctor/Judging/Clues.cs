using System.Text.RegularExpressions;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>The signs by which libraries are told apart. Those of <see cref="Libraries"/> that were measured were seen on the wire, the others stand in their sources and issues.</summary>
internal static class Clues
{
    private const string Bare = "^Upgrade,Connection,Sec-WebSocket-Accept(,Sec-WebSocket-(Protocol|Extensions))*$";
    private const string NoReason = "^1009 $";

    public static IReadOnlyList<Clue> All { get; } =
    [
        New("ws", ClueKind.Plain, "^426 Upgrade Required$", 0.8),
        New("ws", ClueKind.Fingerprint, "^1002 $", 0.5),
        New("ws", ClueKind.FieldNames, Bare, 0.3),
        New("ws", ClueKind.TooBig, NoReason, 0.3),

        New("websockets", ClueKind.Field, @"^Server: Python/\S+ websockets/(?<version>\S+)", 0.99),
        New("websockets", ClueKind.Plain, "You cannot access a WebSocket server directly with a browser", 0.97),
        New("websockets", ClueKind.Fingerprint, "^1002 (invalid opcode.*)?$", 0.3),
        New("websockets", ClueKind.TooBig, @"^1009 .*over size limit \(.*> (?<max>\d+) bytes\)", 0.97),
        New("websockets", ClueKind.TooBig, @"^1009 .*exceeds limit of (?<max>\d+) bytes", 0.9),
        New("websockets", ClueKind.TooBig, NoReason, 0.3),

        New("gorilla", ClueKind.Fingerprint, @"^1002 (bad|unknown) opcode 3$", 0.93),
        New("gorilla", ClueKind.Field, "^Sec-Websocket-Version: 13$", 0.5),
        New("gorilla", ClueKind.FieldNames, Bare, 0.3),
        New("gorilla", ClueKind.TooBig, NoReason, 0.3),

        New("tornado", ClueKind.Field, @"^Server: TornadoServer/(?<version>\S+)", 0.99),
        New("tornado", ClueKind.Plain, "^400 Can \"Upgrade\" only to \"WebSocket\"", 0.97),
        New("tornado", ClueKind.TooBig, "^1009 message too big$", 0.93),

        New("tomcat", ClueKind.Fingerprint, @"unrecognised opCode of \[3\]", 0.97),
        New("tomcat", ClueKind.StatusLine, "^HTTP/1.1 101 $", 0.7),
        New("tomcat", ClueKind.Plain, "<title>HTTP Status \\d+ \u2013 ", 0.7),
        New("tomcat", ClueKind.TooBig, @"^1009 No async message support and buffer too small. Buffer size: \[(?<max>[\d,.\s]+)\], Message size: \[(?<actual>[\d,.\s]+)\]", 0.97),
        New("tomcat", ClueKind.TooBig, "^1009 The decoded text message was too big for the output buffer", 0.97),

        New("jetty", ClueKind.Field, @"^Server: Jetty\((?<version>[^)]+)\)", 0.97),
        New("jetty", ClueKind.TooBig, @"^1009 .*message size \[\d+\] (exceeds maximum size|is too large for configured max of) \[(?<max>\d+)\]", 0.97),
        New("jetty", ClueKind.TooBig, @"^1009 .*message too large: (\(actual\) )?[\d,]+ > \(configured max \w+ message size\) (?<max>[\d,]+)", 0.97),
        New("netty", ClueKind.TooBig, @"Max frame length of (?<max>\d+) has been exceeded", 0.97),
        New("netty", ClueKind.Fingerprint, "data frame using reserved opcode 3", 0.9),
        New("aiohttp", ClueKind.Field, @"^Server: Python/\S+ aiohttp/(?<version>\S+)", 0.99),
        New("aiohttp", ClueKind.TooBig, @"^1009 .*Message size \d+ exceeds limit (?<max>\d+)", 0.97),
        New("coder", ClueKind.TooBig, @"^1009 .*read limited at (?<max>\d+) bytes", 0.97),
        New("websocket-node", ClueKind.TooBig, "^1009 (Frame size of \\d+ bytes exceeds maximum accepted frame size|Maximum message size exceeded)", 0.97),

        New("reassembly", ClueKind.Limit, "^frameBytes$", 0.99),
        New("reassembly", ClueKind.Overheard, "\"protocol\":\"reassembly\\.v1\"", 0.99),
        New("reassembly", ClueKind.TooBig, @"^1009 frame of \d+ bytes exceeds the limit of (?<max>\d+) bytes", 0.97),
        New("signalr", ClueKind.Overheard, "^\\{\"error\":\".*[Hh]andshake.*\"\\}\u001e", 0.97),
        New("signalr", ClueKind.Plain, "^400 Connection ID required", 0.97),
        New("kestrel", ClueKind.Field, "^Server: Kestrel$", 0.93),

        New("api-gateway", ClueKind.Host, @"\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$", 0.99),
        New("api-gateway", ClueKind.Field, "^(?i:x-amz-apigw-id|apigw-requestid): ", 0.9),
        New("web-pubsub", ClueKind.Host, @"\.webpubsub\.azure\.(com|us|cn)$", 0.99),
        New("azure-signalr", ClueKind.Host, @"\.service\.signalr\.(net|us|cn)$", 0.99),
        New("openresty", ClueKind.Field, @"^(?i:Server): openresty(/(?<version>\S+))?", 0.97),
        New("openresty", ClueKind.Field, @"^(?i:Server|Via): .*(kong|APISIX)/?(?<version>\S+)?", 0.9),
        New("nginx", ClueKind.Field, @"^(?i:Server): nginx(/(?<version>\S+))?", 0.97),
        New("envoy", ClueKind.Field, "^(?i:Server): envoy", 0.97),
        New("apache", ClueKind.Field, @"^(?i:Server): Apache(/(?<version>\S+))?", 0.9),
        New("caddy", ClueKind.Field, "^(?i:Server|Via): .*Caddy", 0.97),
        New("cloudflare", ClueKind.Field, "^(?i:Server): cloudflare|^(?i:CF-RAY): ", 0.97),
    ];

    private static Clue New(string library, ClueKind kind, string pattern, double weight) => new(library, kind, new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking), weight);
}
