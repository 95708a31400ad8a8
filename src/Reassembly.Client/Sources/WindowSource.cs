using System.Buffers;
using Reassembly.Client.Sending;

namespace Reassembly.Client.Sources;

/// <summary>
/// Bytes that come only once. A pump reads ahead into a window of pooled segments; the window keeps what the server has not made
/// durable and nothing else, so memory is bounded by its capacity however long the payload is. The pump waits while the window
/// is full, and skips bytes that are durable before they were read (a send that goes on where another process stopped).
/// </summary>
internal sealed class WindowSource : IPayloadSource
{
    private const int MaxSegmentBytes = 65_536;

    private readonly Stream _origin;
    private readonly int _segmentBytes;
    private readonly int _maxSegments;
    private readonly Action _changed;
    private readonly Lock _gate = new();
    private readonly LinkedList<byte[]> _segments = [];
    private readonly SemaphoreSlim _room = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly RunningDigest _digest = new();
    private readonly Task _pump;
    private long _firstSegmentAt;
    private long _released;
    private long _available;
    private bool _ended;
    private Exception? _fault;

    /// <param name="origin">Read to its end; stays the caller's.</param>
    /// <param name="capacityBytes">The most bytes to keep.</param>
    /// <param name="changed">Called when more can be read.</param>
    public WindowSource(Stream origin, int capacityBytes, Action changed)
    {
        _origin = origin;
        // At least four segments: one may be half released and one half filled, and the rest must still hold a chunk.
        _segmentBytes = Math.Min(MaxSegmentBytes, capacityBytes / 4);
        _maxSegments = capacityBytes / _segmentBytes;
        _changed = changed;
        _pump = Task.Run(PumpAsync);
    }

    /// <summary>Bytes of buffers held right now.</summary>
    internal long RetainedBytes
    {
        get
        {
            lock (_gate)
            {
                return (long)_segments.Count * _segmentBytes;
            }
        }
    }

    public SourceView View
    {
        get
        {
            lock (_gate)
            {
                if (_fault is not null)
                {
                    throw new IOException($"the payload could not be read to its end: {_fault.Message}", _fault);
                }

                return new SourceView(Math.Min(_released, _available), _available, _ended ? _available : null);
            }
        }
    }

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var node = _segments.First;
            var at = _firstSegmentAt;
            while (!destination.IsEmpty)
            {
                while (offset >= at + _segmentBytes)
                {
                    node = node!.Next;
                    at += _segmentBytes;
                }

                var from = (int)(offset - at);
                var length = Math.Min(destination.Length, _segmentBytes - from);
                node!.Value.AsMemory(from, length).CopyTo(destination);
                destination = destination[length..];
                offset += length;
            }
        }

        return ValueTask.CompletedTask;
    }

    public void Release(long below)
    {
        lock (_gate)
        {
            _released = Math.Max(_released, below);
            DropReleased();
        }
    }

    public ValueTask<string> DigestAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_digest.Finish());

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);

        // A read of standard input may never come back, and nothing waits for what it brings: the pump is left to end by itself.
        if (_pump.IsCompleted)
        {
            _digest.Dispose();
            _room.Dispose();
            _stopping.Dispose();
            _segments.Clear();
        }
    }

    private async Task PumpAsync()
    {
        try
        {
            while (true)
            {
                var room = await GetRoomAsync().ConfigureAwait(false);
                var count = await _origin.ReadAsync(room, _stopping.Token).ConfigureAwait(false);
                _digest.Append(_available, room.Span[..count]);
                lock (_gate)
                {
                    _available += count;
                    _ended = count == 0;
                    DropReleased();
                }

                _changed();
                if (count == 0)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The send is over.
        }
        catch (Exception exception)
        {
            // Whatever the caller's stream throws must reach the send that reads it.
            lock (_gate)
            {
                _fault = exception;
            }

            _changed();
        }
    }

    private async ValueTask<Memory<byte>> GetRoomAsync()
    {
        while (true)
        {
            lock (_gate)
            {
                var used = (int)(_available - _firstSegmentAt);
                if (used == _segments.Count * _segmentBytes && _segments.Count < _maxSegments)
                {
                    _segments.AddLast(ArrayPool<byte>.Shared.Rent(_segmentBytes));
                }

                if (used < _segments.Count * _segmentBytes)
                {
                    var from = used % _segmentBytes;
                    return _segments.Last!.Value.AsMemory(from, _segmentBytes - from);
                }
            }

            await _room.WaitAsync(_stopping.Token).ConfigureAwait(false);
        }
    }

    // A segment goes once all its bytes are both read and durable; the one that the pump writes into is never full, so it stays.
    private void DropReleased()
    {
        var below = Math.Min(_released, _available);
        while (_segments.First is { } first && _firstSegmentAt + _segmentBytes <= below)
        {
            ArrayPool<byte>.Shared.Return(first.Value);
            _segments.RemoveFirst();
            _firstSegmentAt += _segmentBytes;
            if (_room.CurrentCount == 0)
            {
                _room.Release();
            }
        }
    }
}
