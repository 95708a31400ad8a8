using Microsoft.Extensions.Logging;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Protocol;

namespace Reassembly.Edge.Lanes;

/// <summary>The lanes of one connection, by message: none ever waits for another.</summary>
internal sealed class LaneTable(IMessageRouter router, Func<MessageId, ILaneListener> listenerOf, ILogger log, CancellationToken connectionEnded)
{
    /// <summary>What a sender is asked to wait after an error that may pass.</summary>
    public const int RetryAfterMs = 1000;

    private const int MaxSpare = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<MessageId, MessageLane> _lanes = [];
    private readonly Stack<LaneLists> _spare = new();
    private TaskCompletionSource? _quiet;
    private int _working;

    public ILogger Log => log;

    /// <summary>No outcome can be told any more once this is set.</summary>
    public CancellationToken ConnectionEnded => connectionEnded;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _lanes.Count;
            }
        }
    }

    /// <summary>Puts an item into the lane of its message. Called by the connection's reader alone.</summary>
    public void Add(MessageId id, in LaneItem item)
    {
        while (!LaneOf(id).TryAdd(item))
        {
            // The lane ended just now and is about to leave the table: make room for its successor.
            lock (_gate)
            {
                _lanes.Remove(id);
            }
        }
    }

    public void Remove(MessageLane lane)
    {
        lock (_gate)
        {
            if (_lanes.TryGetValue(lane.Key.Id, out var current) && current == lane)
            {
                _lanes.Remove(lane.Key.Id);
            }
        }
    }

    /// <summary>A lane began to call owners.</summary>
    public void Began()
    {
        lock (_gate)
        {
            _working++;
        }
    }

    /// <summary>Lists for a lane that begins to work.</summary>
    public LaneLists BorrowLists()
    {
        lock (_gate)
        {
            return _spare.TryPop(out var lists) ? lists : new LaneLists();
        }
    }

    /// <summary>A lane has nothing left to call owners with, and gives its lists back, empty.</summary>
    public void Rested(LaneLists lists)
    {
        lock (_gate)
        {
            if (_spare.Count < MaxSpare && lists.IsWorthKeeping)
            {
                _spare.Push(lists);
            }

            if (--_working == 0)
            {
                _quiet?.TrySetResult();
                _quiet = null;
            }
        }
    }

    /// <summary>Completes when every owner has answered to all that was handed over.</summary>
    public Task WhenQuietAsync()
    {
        lock (_gate)
        {
            if (_working == 0)
            {
                return Task.CompletedTask;
            }

            _quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _quiet.Task;
        }
    }

    private MessageLane LaneOf(MessageId id)
    {
        lock (_gate)
        {
            if (!_lanes.TryGetValue(id, out var lane))
            {
                lane = new MessageLane(MessageKey.Default(id), router, listenerOf(id), this);
                _lanes.Add(id, lane);
            }

            return lane;
        }
    }
}
