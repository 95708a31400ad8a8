using System.Buffers.Binary;
using System.Text;
using Reassembly.Cli.Doctor.Wire;

namespace Reassembly.Cli.Doctor.Probing;

/// <summary>
/// Sends one message and a ping behind it, and looks at what happens. Every library that was measured (ws, websockets, gorilla, Tornado,
/// Tomcat, Kestrel) answers the ping only after it has read the message; websockets does so before its application has seen it, so that an
/// echo may come after the pong. SignalR reads ahead of its hub, which is asked in its own protocol.
/// </summary>
internal sealed class Trial(WireConnection connection, PayloadKind kind, TimeProvider clock, TimeSpan timeout, Action<string> overhear)
{
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(1);

    private static long _pings;

    private long _message;
    private long _largest;
    private long? _echoFrame;
    private StatedRefusal? _refusal;
    private bool _objected;

    /// <param name="fragment">Bytes of a frame, where the message is cut.</param>
    /// <param name="echoPatience">How long to wait after the pong for the message to come back, or for what a protocol of its own says to it: reassembly.v1 an <c>error</c>, SignalR the end of a call.</param>
    /// <param name="pingless">Whether the peer answers no pings: what is not refused for <paramref name="echoPatience"/> passes.</param>
    public async Task<TrialResult> RunAsync(TrialShape shape, int size, int fragment, TimeSpan echoPatience, bool pingless, CancellationToken cancellationToken)
    {
        var ping = NextPing(shape);
        await SendMessageAsync(shape, size, fragment, cancellationToken);
        await connection.SendControlAsync(Opcode.Ping, ping, cancellationToken);
        var sent = clock.GetTimestamp();
        var answered = false;
        var patience = pingless ? echoPatience : timeout;
        while (true)
        {
            var next = await connection.NextAsync(patience - clock.GetElapsedTime(sent), cancellationToken);
            switch (next)
            {
                case WireEvent.Frame { Head.Opcode: Opcode.Close } close:
                    return Refused(await EndAsync(close, clock.GetElapsedTime(sent), cancellationToken));
                case WireEvent.Ended ended:
                    return Refused(new Ending(false, null, string.Empty, ended.Reset, clock.GetElapsedTime(sent))) with
                    {
                        CutEcho = ended.Unfinished is not null || _message > 0,
                    };
                case WireEvent.Frame { Head.Opcode: Opcode.Pong } pong when pong.Begin.AsSpan().SequenceEqual(ping):
                    answered = true;
                    break;
                case WireEvent.Frame frame when !Opcode.IsControl(frame.Head.Opcode):
                    Hear(frame, size);
                    break;
                case null:
                    return Quiet();
            }

            if (_refusal is not null && answered)
            {
                return Refused(null);
            }

            if (answered && (_echoFrame is not null || _objected || echoPatience == TimeSpan.Zero || shape == TrialShape.Unfinished))
            {
                return Done(Verdict.Passed, Proof.Pong);
            }

            if (answered)
            {
                patience = Shorter(patience, clock.GetElapsedTime(sent) + echoPatience);
            }
        }

        TrialResult Done(Verdict verdict, Proof proof) => new(shape, size, verdict, proof, EchoFrame: _echoFrame, Refusal: _refusal);

        TrialResult Refused(Ending? ending) => Done(Verdict.Refused, Proof.Pong) with { Ending = ending };

        TrialResult Quiet() => answered
            ? Done(Verdict.Passed, Proof.Pong)
            : _echoFrame is not null
                ? Done(Verdict.Passed, Proof.Echo)
                : Done(pingless ? Verdict.Passed : Verdict.Swallowed, Proof.Quiet);
    }

    private async Task SendMessageAsync(TrialShape shape, int size, int fragment, CancellationToken cancellationToken)
    {
        var step = shape == TrialShape.Fragmented ? Math.Min(fragment, size) : size;
        var opcode = kind == PayloadKind.Binary ? Opcode.Binary : Opcode.Text;
        for (var at = 0; at < size; at += step)
        {
            var from = at;
            var length = Math.Min(step, size - at);
            var final = at + length == size && shape != TrialShape.Unfinished;
            if (!await connection.SendAsync(at == 0 ? opcode : Opcode.Continuation, final, length, (target, offset) => PayloadFill.Write(kind, target, from + offset, size), cancellationToken))
            {
                return;
            }
        }
    }

    private void Hear(WireEvent.Frame frame, int size)
    {
        _message = checked(_message + (long)Math.Min(frame.Head.Length, int.MaxValue));
        _largest = Math.Max(_largest, (long)Math.Min(frame.Head.Length, int.MaxValue));
        if (frame.Head.Opcode == Opcode.Text && !frame.Head.Compressed)
        {
            var text = Encoding.UTF8.GetString(frame.Begin);
            _refusal ??= StatedRefusal.TryParse(text);
            _objected |= text.Contains(kind == PayloadKind.HubCall ? "\"invocationId\"" : "\"type\":\"error\"", StringComparison.Ordinal);
            if (_message != size)
            {
                overhear(text);
            }
        }

        if (frame.Head.Final)
        {
            _echoFrame = _message == size ? _largest : _echoFrame;
            _message = 0;
            _largest = 0;
        }
    }

    private async Task<Ending> EndAsync(WireEvent.Frame close, TimeSpan after, CancellationToken cancellationToken)
    {
        var (code, reason) = WireConnection.CloseOf(close);
        await connection.SendControlAsync(Opcode.Close, close.Begin.Length >= 2 ? close.Begin[..2] : [], cancellationToken);
        var reset = false;
        for (var left = 16; left > 0 && await connection.NextAsync(Shorter(CloseGrace, timeout), cancellationToken) is { } next; left--)
        {
            if (next is WireEvent.Ended ended)
            {
                reset = ended.Reset;
                break;
            }
        }

        return new Ending(true, code, reason, reset, after);
    }

    // websockets counts the bytes of a ping against what is left of the message that it stands in: there it is empty.
    private static byte[] NextPing(TrialShape shape)
    {
        if (shape == TrialShape.Unfinished)
        {
            return [];
        }

        var ping = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(ping, Interlocked.Increment(ref _pings));
        return ping;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
