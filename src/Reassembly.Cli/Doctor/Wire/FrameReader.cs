using System.Net.Sockets;
using System.Threading.Channels;

namespace Reassembly.Cli.Doctor.Wire;

/// <summary>Reads what the peer sends until the connection ends. Payloads are counted, and all but their beginnings let go: no size that a peer claims is allocated.</summary>
internal sealed class FrameReader(Stream stream, byte[] begun, Action<long> count)
{
    public const int KeptBytes = 2048;

    private const int MaxEvents = 1024;

    private readonly Channel<WireEvent> _events = Channel.CreateBounded<WireEvent>(MaxEvents);
    private readonly byte[] _buffer = new byte[65_536];
    private byte[] _begun = begun;
    private volatile bool _isEnding;
    private int _from;
    private int _to;

    /// <summary>Whether a close frame or the end has come, looked at or not.</summary>
    public bool IsEnding => _isEnding;

    public ChannelReader<WireEvent> Events => _events.Reader;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long? unfinished = null;
        var reset = false;
        try
        {
            while (true)
            {
                FrameHead head;
                while (!FrameHead.TryParse(_buffer.AsSpan(_from, _to - _from), out head))
                {
                    if (!await FillAsync(cancellationToken))
                    {
                        return;
                    }
                }

                _from += head.Bytes;
                unfinished = Opcode.IsControl(head.Opcode) ? null : (long)Math.Min(head.Length, long.MaxValue);
                var kept = new byte[Math.Min(head.Length, KeptBytes)];
                if (!await SkipAsync(head.Length, kept, cancellationToken))
                {
                    return;
                }

                unfinished = null;
                _isEnding |= head.Opcode == Opcode.Close;
                await _events.Writer.WriteAsync(new WireEvent.Frame(head, kept), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            reset = exception is IOException or SocketException;
        }
        finally
        {
            // Where nobody makes room any more, the end of the channel says it.
            _isEnding = true;
            _events.Writer.TryWrite(new WireEvent.Ended(reset, unfinished));
            _events.Writer.TryComplete();
        }
    }

    private async Task<bool> SkipAsync(ulong length, byte[] kept, CancellationToken cancellationToken)
    {
        for (ulong done = 0; done < length;)
        {
            if (_from == _to && !await FillAsync(cancellationToken))
            {
                return false;
            }

            var take = (int)Math.Min((ulong)(_to - _from), length - done);
            if (done < (ulong)kept.Length)
            {
                var keep = Math.Min(take, kept.Length - (int)done);
                _buffer.AsSpan(_from, keep).CopyTo(kept.AsSpan((int)done));
            }

            _from += take;
            done += (ulong)take;
        }

        return true;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
        _to -= _from;
        _from = 0;
        int read;
        if (_begun.Length > 0)
        {
            // What came in one piece with the answer to the upgrade.
            read = Math.Min(_begun.Length, _buffer.Length - _to);
            _begun.AsSpan(0, read).CopyTo(_buffer.AsSpan(_to));
            _begun = _begun[read..];
        }
        else
        {
            read = await stream.ReadAsync(_buffer.AsMemory(_to), cancellationToken);
        }

        _to += read;
        count(read);
        return read > 0;
    }
}
