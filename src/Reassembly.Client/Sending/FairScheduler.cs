using System.Threading.Tasks.Sources;

namespace Reassembly.Client.Sending;

/// <summary>
/// Turns, first come first served, a few at a time. A transfer takes one turn per chunk and stands at the end of the line
/// for the next one, so transfers share a connection round robin, a small message waits for one chunk of each other and not for
/// all of them, and no more chunks are in memory than there are turns.
/// </summary>
internal sealed class FairScheduler(int turnsAtOnce)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Turn> _line = [];
    private int _free = turnsAtOnce;

    /// <summary>A place in the line, owned and used again by one transfer: waiting allocates nothing.</summary>
    public Turn NewTurn() => new(this);

    private bool TryTake(Turn turn)
    {
        lock (_gate)
        {
            if (_free > 0 && _line.Count == 0)
            {
                _free--;
                return true;
            }

            _line.AddLast(turn.Place);
            return false;
        }
    }

    private void GiveBack()
    {
        Turn? next = null;
        lock (_gate)
        {
            if (_line.First is { } place)
            {
                _line.RemoveFirst();
                next = place.Value;
            }
            else
            {
                _free++;
            }
        }

        next?.Grant();
    }

    private bool TryLeave(Turn turn)
    {
        lock (_gate)
        {
            if (turn.Place.List is null)
            {
                return false;
            }

            _line.Remove(turn.Place);
            return true;
        }
    }

    internal sealed class Turn : IValueTaskSource
    {
        private readonly FairScheduler _scheduler;
        private ManualResetValueTaskSourceCore<bool> _granted = new() { RunContinuationsAsynchronously = true };
        private CancellationTokenRegistration _cancellation;

        public Turn(FairScheduler scheduler)
        {
            _scheduler = scheduler;
            Place = new LinkedListNode<Turn>(this);
        }

        public LinkedListNode<Turn> Place { get; }

        /// <summary>Waits for the turn; <see cref="Release"/> must follow, unless the wait is cancelled.</summary>
        public ValueTask TakeAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _granted.Reset();
            if (_scheduler.TryTake(this))
            {
                return ValueTask.CompletedTask;
            }

            _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((Turn)state!).Cancel(token), this);
            return new ValueTask(this, _granted.Version);
        }

        public void Release() => _scheduler.GiveBack();

        internal void Grant() => _granted.SetResult(true);

        private void Cancel(CancellationToken token)
        {
            // Whoever takes the turn out of the line ends the wait: the grant or the cancellation, never both.
            if (_scheduler.TryLeave(this))
            {
                _granted.SetException(new OperationCanceledException(token));
            }
        }

        void IValueTaskSource.GetResult(short token)
        {
            _cancellation.Dispose();
            _granted.GetResult(token);
        }

        ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _granted.GetStatus(token);

        void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
            => _granted.OnCompleted(continuation, state, token, flags);
    }
}
