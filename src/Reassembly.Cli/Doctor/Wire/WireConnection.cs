using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;

namespace Reassembly.Cli.Doctor.Wire;

/// <summary>
/// A client's end of a WebSocket, bare: it sends the frames that it is told to send, and shows every frame that comes, pongs and close frames
/// included. It answers pings and nothing else. One caller at a time.
/// </summary>
internal sealed class WireConnection : IAsyncDisposable
{
    private const int SliceBytes = 16_384;

    private readonly Stream _stream;
    private readonly Traffic _traffic;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;
    private readonly FrameReader _reader;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;
    private bool _wasReset;

    /// <param name="stream">Owned from now on.</param>
    /// <param name="begun">Bytes that were read already.</param>
    public WireConnection(Stream stream, byte[] begun, Traffic traffic, TimeProvider clock, TimeSpan timeout)
    {
        _stream = stream;
        _traffic = traffic;
        _clock = clock;
        _timeout = timeout;
        _reader = new FrameReader(stream, begun, traffic.CountReceived);
        _reading = _reader.RunAsync(_end.Token);
    }

    /// <summary>Sends one frame, in slices, and stops when the peer ends the connection: what a peer no longer wants is not pressed on it.</summary>
    /// <param name="fill">Writes the payload from an offset on.</param>
    /// <returns>Whether all of it went out.</returns>
    public async Task<bool> SendAsync(byte opcode, bool final, int length, Action<Span<byte>, int> fill, CancellationToken cancellationToken)
    {
        var mask = RandomNumberGenerator.GetBytes(4);
        var buffer = new byte[FrameHead.MaxBytes + Math.Min(length, SliceBytes)];
        var head = FrameHead.Write(buffer, opcode, final, length, mask);
        using var deadline = new Deadline(_clock, _timeout, cancellationToken);
        try
        {
            for (var at = 0; at < length || head > 0;)
            {
                var slice = Math.Min(SliceBytes, length - at);
                var payload = buffer.AsSpan(head, slice);
                fill(payload, at);
                for (var index = 0; index < slice; index++)
                {
                    payload[index] ^= mask[(at + index) & 3];
                }

                await _stream.WriteAsync(buffer.AsMemory(0, head + slice), deadline.Token);
                _traffic.CountSent(head + slice);
                at += slice;
                head = 0;
                if (at < length && _reader.IsEnding)
                {
                    return false;
                }
            }

            await _stream.FlushAsync(deadline.Token);
            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The peer has ended the connection, or reads no more. What it said before is among the events. A reset is told once: whoever reads after
            // a write that heard of it sees an end in order. After an end in order a write hears of a broken pipe, and of no reset.
            _wasReset |= (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode == SocketError.ConnectionReset;
            return false;
        }
    }

    /// <summary>Sends one control frame.</summary>
    public Task SendControlAsync(byte opcode, byte[] payload, CancellationToken cancellationToken)
        => SendAsync(opcode, final: true, payload.Length, (target, at) => payload.AsSpan(at, target.Length).CopyTo(target), cancellationToken);

    /// <summary>The next thing that the peer does; <see langword="null"/> when it does nothing for that long. Pings are answered on the way.</summary>
    public async Task<WireEvent?> NextAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(_clock, patience, cancellationToken);
        try
        {
            while (true)
            {
                var next = await _reader.Events.ReadAsync(deadline.Token);
                if (next is WireEvent.Ended ended)
                {
                    return ended with { Reset = ended.Reset || _wasReset };
                }

                if (next is not WireEvent.Frame { Head.Opcode: Opcode.Ping } ping)
                {
                    return next;
                }

                await SendControlAsync(Opcode.Pong, ping.Begin, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (ChannelClosedException)
        {
            return new WireEvent.Ended(_wasReset, Unfinished: null);
        }
    }

    /// <summary>Code and reason of a close frame; no code where it has none.</summary>
    public static (int? Code, string Reason) CloseOf(WireEvent.Frame frame) => frame.Begin.Length < 2
        ? (null, string.Empty)
        : (BinaryPrimitives.ReadUInt16BigEndian(frame.Begin), Encoding.UTF8.GetString(frame.Begin.AsSpan(2)));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _stream.DisposeAsync();
        await _reading;
        _end.Dispose();
    }
}
