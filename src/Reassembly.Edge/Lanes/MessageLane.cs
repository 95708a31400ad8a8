using System.Runtime.CompilerServices;
using Reassembly.Core;
using Reassembly.Core.Routing;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;

namespace Reassembly.Edge.Lanes;

/// <summary>
/// Brings what one connection says of one message to its owner, in order, with one call under way at a time. What arrives during
/// a call waits in a list, and the next call takes all the chunks that wait: so batches form by themselves just when the
/// store is the bottleneck, and there is one ack a durable write. The lists are borrowed from the connection while the lane works:
/// nothing is allocated for a chunk, and an idle message holds none.
/// <para>A lane lives while it works, and from the first ack until the message has ended, because then it tells the outcome,
/// whoever caused it. Whatever comes after that makes a new lane and is answered with the same outcome.</para>
/// </summary>
internal sealed class MessageLane(MessageKey key, IMessageRouter router, ILaneListener listener, LaneTable table)
{
    private readonly Lock _gate = new();
    private LaneLists? _lists;
    private bool _busy;
    private bool _watching;
    private bool _gone;
    private int _outcomesTold;

    public MessageKey Key => key;

    /// <summary>Puts an item in line and, if nothing is under way, starts.</summary>
    /// <returns>False when the lane has ended: the item belongs to a new one.</returns>
    public bool TryAdd(in LaneItem item)
    {
        lock (_gate)
        {
            if (_gone)
            {
                return false;
            }

            _lists ??= table.BorrowLists();
            _lists.Waiting.Add(item);
            if (_busy)
            {
                return true;
            }

            _busy = true;
        }

        table.Began();
        _ = WorkAsync();
        return true;
    }

    private async Task WorkAsync()
    {
        while (TakeWaiting() is { } lists)
        {
            for (var next = 0; next < lists.Taken.Count;)
            {
                next += await CallAsync(lists, next);
            }

            lists.Taken.Clear();
        }
    }

    /// <summary>Swaps the lists; where nothing waits, the lane gives them back and rests, or ends.</summary>
    private LaneLists? TakeWaiting()
    {
        LaneLists lists;
        lock (_gate)
        {
            lists = _lists!;
            if (lists.Swap())
            {
                return lists;
            }

            _busy = false;
            _lists = null;
        }

        table.Rested(lists);
        LeaveIfDone();
        return null;
    }

    /// <summary>One call: a control message, or every chunk up to the next one.</summary>
    /// <returns>How many items it took.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> CallAsync(LaneLists lists, int from)
    {
        var toldBefore = Volatile.Read(ref _outcomesTold);
        var control = lists.Taken[from].Control;
        var count = control is null ? lists.Gather(from) : 1;
        Receipt receipt;
        try
        {
            receipt = await (control switch
            {
                null => router.AppendAsync(key, lists.Batch, CancellationToken.None),
                OpenMessage open => router.OpenAsync(key, open, CancellationToken.None),
                AbortMessage => router.AbortAsync(key, CancellationToken.None),
                _ => router.StatusAsync(key, CancellationToken.None),
            });
        }
        catch (Exception exception)
        {
            // An owner that fails must not take the connection along: its other messages have other owners.
            EdgeLog.CallFailed(table.Log, key, exception);
            receipt = Receipt.Refused(NotTaken());
        }

        lists.Batch.Clear();
        for (var index = from; index < from + count; index++)
        {
            lists.Taken[index].Buffer.Release();
        }

        await ReportAsync(receipt, toldBefore);
        return count;
    }

    private async ValueTask ReportAsync(Receipt receipt, int toldBefore)
    {
        for (var index = 0; index < receipt.Errors.Count; index++)
        {
            await listener.RefusedAsync(receipt.Errors[index]);
        }

        if (receipt.Ack is { } ack)
        {
            WatchOnce();
            lock (_gate)
            {
                // An ack is no news once the outcome has been told.
                if (_outcomesTold != toldBefore)
                {
                    return;
                }
            }

            listener.Acked(ack);
        }
        else if (receipt.Outcome is { } outcome && TryTell(toldBefore))
        {
            await listener.EndedAsync(outcome);
        }
    }

    private void WatchOnce()
    {
        lock (_gate)
        {
            if (_watching || _outcomesTold > 0)
            {
                return;
            }

            _watching = true;
        }

        _ = WatchAsync();
    }

    private async Task WatchAsync()
    {
        OutcomeMessage? outcome = null;
        try
        {
            outcome = (await router.WhenEndedAsync(key, table.ConnectionEnded)).Outcome;
        }
        catch (OperationCanceledException)
        {
            // The connection is over: there is nobody to tell.
        }
        catch (Exception exception)
        {
            EdgeLog.CallFailed(table.Log, key, exception);
        }

        if (outcome is not null && TryTell(toldBefore: 0))
        {
            await listener.EndedAsync(outcome);
        }

        lock (_gate)
        {
            _watching = false;
        }

        LeaveIfDone();
    }

    /// <summary>An outcome is told by whoever learns it first, and again only to a question that was asked after that.</summary>
    private bool TryTell(int toldBefore)
    {
        lock (_gate)
        {
            if (_outcomesTold != toldBefore)
            {
                return false;
            }

            _outcomesTold++;
            return true;
        }
    }

    private void LeaveIfDone()
    {
        lock (_gate)
        {
            if (_gone || _busy || (_watching && _outcomesTold == 0))
            {
                return;
            }

            _gone = true;
        }

        table.Remove(this);
    }

    private ProtocolError NotTaken()
        => new(ErrorCode.NotDurable, ErrorScope.Message, "the server could not take this, and nothing of it is stored: send it again")
        {
            Id = key.Id,
            Retryable = true,
            RetryAfterMs = LaneTable.RetryAfterMs,
        };
}
