using System.Threading.Channels;
using Reassembly.Core.Storage;

namespace Reassembly.Core.Delivery;

/// <summary>
/// Hands what waits for one configured sink on, each channel by itself: its messages one after the other in order of commit, or as many at once as
/// <see cref="DeliveryOptions.InFlight"/> says, which the ledger holds over all nodes. A channel of which nothing waits costs nothing. Commits
/// wake theirs; a poll finds what a wake-up missed, what is due again, and what a node that is gone has left.
/// </summary>
/// <param name="sink">The sink.</param>
/// <param name="context">What all who hand on share on a node.</param>
internal sealed class SinkLanes(IDeliverySink sink, DeliveryContext context) : IDisposable
{
    /// <summary>Messages of all channels on their way to the sink, at most: senders name channels as they like.</summary>
    private const int MostAtOnce = 256;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly SemaphoreSlim _places = new(MostAtOnce);

    // Holds one wake-up at most: whoever wakes twice wants one look.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private CancellationToken _stopping;

    /// <summary>Runs until it is stopped, and then until nothing is under way.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        using var commits = context.Signal.Subscribe(channel =>
        {
            if (channel is null)
            {
                _wake.Writer.TryWrite(true);
            }
            else
            {
                Wake(channel);
            }
        });
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync().ConfigureAwait(false);
            using var poll = new CancellationTokenSource(PollInterval, context.Time);
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, poll.Token);
            await ((Task)_wake.Reader.ReadAsync(wake.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        while (HasLanes)
        {
            await _wake.Reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    public void Dispose() => _places.Dispose();

    private bool HasLanes
    {
        get
        {
            lock (_gate)
            {
                return _lanes.Count > 0;
            }
        }
    }

    private async Task LookAsync()
    {
        try
        {
            foreach (var channel in await context.Ledger.ListChannelsAsync(sink.Name, context.Time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false))
            {
                Wake(channel);
            }
        }
        catch (StoreException failure)
        {
            CoreLog.DeliveryWaitsForStore(context.Logger, failure.Message);
        }
        catch (Exception fault)
        {
            // The next look may well succeed.
            CoreLog.DeliveryFault(context.Logger, fault);
        }
    }

    private void Wake(string channel)
    {
        if (!sink.Takes(channel))
        {
            return;
        }

        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            if (!_lanes.TryGetValue(channel, out var lane))
            {
                _lanes.Add(channel, lane = new Lane());
            }

            lane.Wakes++;
            if (lane.Workers < context.Options.InFlight)
            {
                lane.Workers++;
                _ = WorkAsync(channel, lane);
            }
        }
    }

    private async Task WorkAsync(string channel, Lane lane)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            var seen = Volatile.Read(ref lane.Wakes);
            var found = await DeliverNextAsync(channel).ConfigureAwait(false);
            lock (_gate)
            {
                if ((found || lane.Wakes != seen) && !_stopping.IsCancellationRequested)
                {
                    continue;
                }

                if (--lane.Workers == 0)
                {
                    _lanes.Remove(channel);
                }
            }

            if (_stopping.IsCancellationRequested)
            {
                _wake.Writer.TryWrite(true);
            }

            return;
        }
    }

    /// <returns>Whether there was one.</returns>
    private async Task<bool> DeliverNextAsync(string channel)
    {
        if (!await TryEnterAsync().ConfigureAwait(false))
        {
            return false;
        }

        try
        {
            // Never given up half-way: what was taken and not heard of would wait for nothing.
            var most = context.Options.InFlight;
            if (await context.Ledger.TakeNextAsync(sink.Name, channel, most, context.Time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false) is not { } delivery)
            {
                return false;
            }

            if (most > 1)
            {
                Wake(channel);
            }

            var result = await AttemptSteps.MakeAsync(context, delivery, HandOnAsync, _stopping).ConfigureAwait(false);
            await AttemptSteps.SettleAsync(context, delivery, result, _stopping).ConfigureAwait(false);
            if (result.End == DeliveryEnd.Again)
            {
                _ = WakeAtAsync(channel, result.NotBefore);
            }

            return true;
        }
        catch (StoreException failure)
        {
            CoreLog.DeliveryWaitsForStore(context.Logger, failure.Message);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // With the store away: what this node has taken is another's, or its own after the start.
        }
        catch (Exception fault)
        {
            CoreLog.DeliveryFault(context.Logger, fault);
        }
        finally
        {
            _places.Release();
        }

        return false;
    }

    private async ValueTask<bool> TryEnterAsync()
    {
        try
        {
            await _places.WaitAsync(_stopping).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<DeliveryResult> HandOnAsync(DeliveryAttempt delivery, CancellationToken stoppingToken)
    {
        if (await context.FindPayloadAsync(delivery, stoppingToken).ConfigureAwait(false) is { } payload)
        {
            await sink.DeliverAsync(payload, stoppingToken).ConfigureAwait(false);
        }

        return DeliveryResult.Delivered;
    }

    private async Task WakeAtAsync(string channel, DateTimeOffset due)
    {
        var pause = due - context.Time.GetUtcNow();
        if (pause > TimeSpan.Zero)
        {
            if (pause >= PollInterval)
            {
                return;
            }

            await Task.Delay(pause, context.Time, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Wake(channel);
    }

    /// <summary>A channel of which something may wait. Guarded by the lock.</summary>
    private sealed class Lane
    {
        /// <summary>How often it was woken: a look before the last one may have missed something.</summary>
        public long Wakes;

        public int Workers;
    }
}
