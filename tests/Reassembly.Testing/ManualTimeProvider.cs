namespace Reassembly.Testing;

/// <summary>A clock that stands still until a test moves it; timers fire on the thread that does.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(Predicate<TimeSpan> Wanted, TaskCompletionSource Armed)> _waiting = [];
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and fires what falls due, in order.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset end;
        lock (_gate)
        {
            end = _now + by;
        }

        while (true)
        {
            ManualTimer? due;
            lock (_gate)
            {
                due = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                _now = due is null ? end : due.Due > _now ? due.Due : _now;
                due?.Rearm(_now);
            }

            if (due is null)
            {
                return;
            }

            due.Fire();
        }
    }

    /// <summary>
    /// Waits until somebody waits for this clock: until there is a timer that was set to a time that is wanted and has not fired.
    /// </summary>
    /// <param name="wanted">Told how long the timer was set to when it was armed.</param>
    /// <exception cref="TimeoutException">Nobody did, for a long time of the real clock.</exception>
    public Task ArmedAsync(Predicate<TimeSpan> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        lock (_gate)
        {
            if (_timers.Exists(timer => wanted(timer.SetTo)))
            {
                return Task.CompletedTask;
            }

            var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, armed));
            return armed.Task.WaitAsync(Limit, System);
        }
    }

    private void OnArmed(ManualTimer timer)
    {
        foreach (var waiting in _waiting.FindAll(waiting => waiting.Wanted(timer.SetTo)))
        {
            _waiting.Remove(waiting);
            waiting.Armed.SetResult();
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public TimeSpan SetTo { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                owner._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = owner._now + dueTime;
                    SetTo = dueTime;
                    owner._timers.Add(this);
                    owner.OnArmed(this);
                }
            }

            return true;
        }

        public void Rearm(DateTimeOffset now)
        {
            if (_period == Timeout.InfiniteTimeSpan || _period == TimeSpan.Zero)
            {
                owner._timers.Remove(this);
            }
            else
            {
                Due = now + _period;
            }
        }

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
