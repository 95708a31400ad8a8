using System.Buffers;
using System.IO.Pipelines;
using Reassembly.Client.Connections;
using Reassembly.Client.Errors;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.Client.Receiving;

/// <summary>
/// One delivery of one message over one connection. The connection's reader writes chunks into a pipe of bounded size and waits
/// when it is full; the body takes them out. Only that reader touches the writing side.
/// </summary>
internal sealed class Delivery
{
    private const int LargestSegment = 65_536;

    private readonly Lock _gate = new();
    private readonly Pipe _pipe;
    private DeliveryState _state;
    private string? _lossReason;
    private long _next;
    private bool _isWhole;
    private long _taken;
    private volatile bool _isReaderWaiting;
    private volatile bool _sawLast;

    public Delivery(SubscriptionLink link, PayloadMessage message, int bufferBytes)
    {
        Link = link;
        Message = message;
        _pipe = new Pipe(new PipeOptions(
            pauseWriterThreshold: bufferBytes,
            resumeWriterThreshold: Math.Max(1, bufferBytes / 2),
            minimumSegmentSize: (int)Math.Clamp(message.Size, 1, LargestSegment),
            useSynchronizationContext: false));
    }

    public SubscriptionLink Link { get; }

    public PayloadMessage Message { get; }

    public DeliveryState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>Whether the chunk that said <c>LAST</c> has come: nothing more can be on its way.</summary>
    public bool SawLast => _sawLast;

    /// <summary>Whether somebody waits for bytes of this message that have not come.</summary>
    public bool IsReaderWaiting => _isReaderWaiting;

    /// <summary>Bytes that the body has taken.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes a chunk, which must be the next one. Called by the connection's reader.</summary>
    /// <param name="header">Where it belongs.</param>
    /// <param name="payload">Its bytes; the caller's again when the task ends.</param>
    /// <param name="cancellationToken">The connection has ended.</param>
    /// <returns>A task that waits while the buffer is full, unless told to <see cref="StopWaiting"/>.</returns>
    /// <exception cref="ServerViolationException">Not the next chunk of this message.</exception>
    public async ValueTask WriteAsync(ChunkHeader header, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        Check(header);
        _next = header.End;
        _sawLast |= header.IsLast;
        if (_isWhole)
        {
            return;
        }

        if (_next < Message.Size)
        {
            await _pipe.Writer.WriteAsync(payload, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Together with the end, and without waiting: whoever reads the last byte knows that it is the last.
        _isWhole = true;
        _pipe.Writer.Write(payload.Span);
        await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
    }

    public void StopWaiting() => _pipe.Writer.CancelPendingFlush();

    /// <summary>The bytes that have come and were not taken; waits for at least one, or for the end.</summary>
    /// <exception cref="MessageLostException">The delivery was lost.</exception>
    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        ThrowIfLost();
        if (_pipe.Reader.TryRead(out var there))
        {
            return there;
        }

        _isReaderWaiting = true;
        try
        {
            return await _pipe.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _isReaderWaiting = false;
        }
    }

    public void Advance(SequencePosition consumed, int count)
    {
        _pipe.Reader.AdvanceTo(consumed);
        Interlocked.Add(ref _taken, count);
    }

    /// <summary>Nobody reads on: what has come and what still comes is thrown away.</summary>
    public void StopReading() => _pipe.Reader.Complete();

    /// <summary>Ends the delivery with this receiver's answer.</summary>
    /// <returns>Whether it was in hand until now: only then the answer may be sent.</returns>
    public bool TryAnswer(DeliveryState answer)
    {
        lock (_gate)
        {
            if (_state != DeliveryState.InHand)
            {
                return false;
            }

            _state = answer;
            return true;
        }
    }

    /// <summary>Ends the delivery without an answer: reads fail from now on. Called by the connection's reader, or after it.</summary>
    public void Lose(string reason)
    {
        if (MarkLost(reason, DeliveryState.InHand))
        {
            _pipe.Writer.Complete(new MessageLostException(Message.Id, reason));
        }
    }

    /// <summary>The answer did not get through.</summary>
    public MessageLostException LoseAnswer(string reason, Exception innerException)
    {
        MarkLost(reason, DeliveryState.Completed);
        return new MessageLostException(Message.Id, reason, innerException);
    }

    /// <exception cref="MessageLostException">The delivery was lost.</exception>
    public void ThrowIfLost()
    {
        lock (_gate)
        {
            if (_state == DeliveryState.Lost)
            {
                throw new MessageLostException(Message.Id, _lossReason!);
            }
        }
    }

    private bool MarkLost(string reason, DeliveryState from)
    {
        lock (_gate)
        {
            if (_state != from)
            {
                return false;
            }

            _state = DeliveryState.Lost;
            _lossReason = reason;
            return true;
        }
    }

    private void Check(in ChunkHeader header)
    {
        if (header.TotalSize != ChunkHeader.UnknownSize && header.TotalSize != (ulong)Message.Size)
        {
            throw Violation($"a chunk says {header.TotalSize} bytes, the message {Message.Size}");
        }

        if (_sawLast)
        {
            throw Violation($"a chunk at offset {header.Offset} follows the last one");
        }

        if (header.Offset != _next)
        {
            throw Violation($"a chunk is at offset {header.Offset}, the next one is at {_next}");
        }

        if (header.End > Message.Size || (header.IsLast && header.End != Message.Size))
        {
            throw Violation($"a chunk ends at {header.End}{(header.IsLast ? " as the last" : string.Empty)}, the message at {Message.Size}");
        }
    }

    private ServerViolationException Violation(string what) => new($"the server broke the protocol: message {Message.Id}: {what}");
}
