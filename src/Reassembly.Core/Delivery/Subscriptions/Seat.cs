namespace Reassembly.Core.Delivery.Subscriptions;

/// <summary>One subscription to a channel on this node, and how much of its credit is used. Guarded by its channel's lock.</summary>
internal sealed class Seat(ISubscriber subscriber, int inFlight)
{
    private const int MostDoublings = 6;

    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);

    private int _faults;
    private DateTimeOffset _restsUntil;

    public ISubscriber Subscriber => subscriber;

    /// <summary>Messages on their way to it, at most.</summary>
    public int InFlight { get; set; } = inFlight;

    public int UnderWay { get; set; }

    /// <summary>Completes when all messages that it was given before have begun: they begin in order of commit.</summary>
    public Task Begun { get; set; } = Task.CompletedTask;

    /// <summary>When it got something last, as a count of all that its channel handed out.</summary>
    public long LastTurn { get; set; }

    public int Free(DateTimeOffset now) => now < _restsUntil ? 0 : InFlight - UnderWay;

    /// <summary>One that does not answer or claims what is not so gets nothing for a while, twice as long each time, so that others do.</summary>
    public void Judge(bool wasAtFault, DateTimeOffset now)
    {
        _faults = wasAtFault ? Math.Min(_faults + 1, MostDoublings) : 0;
        _restsUntil = wasAtFault ? now + (FirstRest * (1 << (_faults - 1))) : now;
    }
}
