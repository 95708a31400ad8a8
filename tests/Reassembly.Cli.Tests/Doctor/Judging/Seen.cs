using Reassembly.Cli.Doctor.Probing;
using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Tests.Doctor.Judging;

/// <summary>What the real servers were seen to do, each set to 64 KiB.</summary>
internal static class Seen
{
    private const int Limit = 65_536;

    public static Observation Of(string server, Measure? measure = null) => server switch
    {
        "ws" => New(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x",
            "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 16\r\nContent-Type: text/plain",
            "Upgrade Required",
            Closed(1002, string.Empty),
            measure ?? TooBig(string.Empty)),
        "websockets" => New(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\nDate: x\r\nServer: Python/3.11 websockets/10.4",
            "HTTP/1.1 426 Upgrade Required\r\nServer: Python/3.11 websockets/10.4",
            "Failed to open a WebSocket connection: empty Connection header.\n\nYou cannot access a WebSocket server directly with a browser. You need a WebSocket client.\n",
            Closed(1002, string.Empty),
            measure ?? TooBig(string.Empty)),
        "gorilla" => New(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x",
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13",
            "Bad Request\n",
            Closed(1002, "bad opcode 3"),
            measure ?? TooBig(string.Empty)),
        "tornado" => New(
            "HTTP/1.1 101 Switching Protocols\r\nServer: TornadoServer/6.2\r\nDate: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-Websocket-Accept: x",
            "HTTP/1.1 400 Bad Request\r\nServer: TornadoServer/6.2",
            "Can \"Upgrade\" only to \"WebSocket\".",
            new Ending(false, null, string.Empty, false, TimeSpan.Zero),
            measure ?? TooBig("message too big")),
        "tomcat" => New(
            "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\nDate: x",
            "HTTP/1.1 404 \r\nContent-Type: text/html;charset=utf-8",
            "<!doctype html><html lang=\"en\"><head><title>HTTP Status 404 – Not Found</title>",
            Closed(1002, "A WebSocket frame was sent with an unrecognised opCode of [3]"),
            measure ?? TooBig("No async message support and buffer too small. Buffer size: [65,536], Message size: [65,537]")),
        _ => throw new ArgumentOutOfRangeException(nameof(server)),
    };

    public static Measure TooBig(string reason, Scope scope = Scope.Message, int passed = Limit, int code = 1009)
        => new(scope, Direction.Up, passed, passed + 1, new TrialResult(TrialShape.Single, passed + 1, Verdict.Refused, Proof.Pong, Closed(code, reason)));

    public static Measure Torn(int passed = Limit)
        => new(Scope.Message, Direction.Up, passed, passed + 1, new TrialResult(TrialShape.Single, passed + 1, Verdict.Refused, Proof.Pong, new Ending(false, null, string.Empty, true, TimeSpan.Zero)));

    public static Observation At(this Observation seen, string url, int frame = Limit, int message = Limit) => seen with { Url = new Uri(url), LargestFrame = frame, LargestMessage = message };

    public static Observation New(string upgrade, string? plain, string body, Ending? fingerprint, params Measure[] measures) => new(new Uri("ws://127.0.0.1:1/"))
    {
        Upgrade = new HttpAnswer(HttpHead.TryParse(upgrade)!, string.Empty),
        Plain = plain is null ? null : new HttpAnswer(HttpHead.TryParse(plain)!, body),
        Fingerprint = fingerprint,
        Baseline = new TrialResult(TrialShape.Single, 16, Verdict.Passed, Proof.Pong),
        Measures = measures,
        LargestFrame = Limit,
        LargestMessage = Limit,
    };

    private static Ending Closed(int code, string reason) => new(true, code, reason, false, TimeSpan.FromMilliseconds(2));
}
