using Microsoft.Extensions.Logging;
using Reassembly.Edge.Subscriptions;

namespace Reassembly.Edge.Connections;

/// <summary>
/// Cuts a connection whose peer gives no sign of life: nothing comes from it, neither an answer to the pings nor anything else. Many receivers do
/// not read while they work on a message, and so answer no ping; and a ping waits behind the payload that the peer is still reading. While
/// one may be at work, it therefore has on top the time that its answer to a message may take, and what was sent to it meanwhile.
/// </summary>
internal sealed class PeerWatch : IDisposable
{
    /// <summary>How often a quiet peer is pinged.</summary>
    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    /// <summary>How long a peer may be silent: a ping, and 20 s for the answer, well above the 5 s for which a connection may go unread by this side.</summary>
    public static readonly TimeSpan Patience = PingInterval + TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly TimeSpan _work;
    private readonly string _connection;
    private readonly Action _cut;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private long _signAt;
    private long _workAt;
    private long _given;
    private int _works;

    /// <param name="work">How long a peer may work on a message.</param>
    /// <param name="connection">For the log.</param>
    /// <param name="cut">Ends the connection.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where it says so.</param>
    public PeerWatch(TimeSpan work, string connection, Action cut, TimeProvider time, ILogger log)
    {
        _time = time;
        _work = work;
        _connection = connection;
        _cut = cut;
        _log = log;
        _signAt = time.GetTimestamp();
        _workAt = _signAt;
        _timer = time.CreateTimer(static state => ((PeerWatch)state!).Look(), this, Interval, Interval);
    }

    /// <summary>Something came from the peer.</summary>
    public void SignOfLife()
    {
        Volatile.Write(ref _given, 0);
        Volatile.Write(ref _signAt, _time.GetTimestamp());
    }

    /// <summary>Bytes of payload went out to the peer, or into what buffers them on the way.</summary>
    public void Gave(int bytes) => Interlocked.Add(ref _given, bytes);

    /// <summary>The peer is given a message.</summary>
    public void BeginWork() => Interlocked.Increment(ref _works);

    /// <summary>It answered, or its time is over.</summary>
    public void EndWork()
    {
        Volatile.Write(ref _workAt, _time.GetTimestamp());
        Interlocked.Decrement(ref _works);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var signAt = Volatile.Read(ref _signAt);
        var mayWork = Volatile.Read(ref _works) > 0 || Volatile.Read(ref _workAt) > signAt;
        var silence = _time.GetElapsedTime(signAt);
        var reading = TimeSpan.FromSeconds((double)Volatile.Read(ref _given) / Pace.LeastBytesPerSecond);
        if (silence > (mayWork ? Patience + _work + reading : Patience))
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            EdgeLog.PeerIsSilent(_log, _connection, silence.TotalSeconds);
            _cut();
        }
    }
}
