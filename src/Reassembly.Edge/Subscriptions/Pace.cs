namespace Reassembly.Edge.Subscriptions;

/// <summary>
/// How fast one connection takes the payloads that are sent to it. Whoever reads a frame now and then would otherwise hold a message without
/// end: the time for the answer begins only with the last byte. So a message goes to another when its connection takes nothing for as long as
/// an answer may take, or less than <see cref="LeastBytesPerSecond"/> beyond that.
/// <para>What counts is all that the connection takes while the message is on its way: several of them share it, and take turns.</para>
/// </summary>
/// <param name="patience">How long an answer may take.</param>
/// <param name="time">The clock.</param>
internal sealed class Pace(TimeSpan patience, TimeProvider time)
{
    /// <summary>
    /// 16 KiB a second, which is 64 MiB in 68 minutes: below any link that a backend is connected over, and two frames a second of the 8 KiB that a
    /// Jakarta client takes.
    /// </summary>
    public const int LeastBytesPerSecond = 16 * 1024;

    private long _taken;
    private long _lastAt;

    /// <summary>The connection took a frame.</summary>
    public void Took(int bytes)
    {
        Volatile.Write(ref _lastAt, time.GetTimestamp());
        Interlocked.Add(ref _taken, bytes);
    }

    /// <summary>A message is on its way from now on.</summary>
    public PaceMark Begin() => new(time.GetTimestamp(), Interlocked.Read(ref _taken));

    /// <summary>How long until a message goes to another unless the connection takes more of it, or of others. Not above zero: it does.</summary>
    public TimeSpan LeftOf(PaceMark began)
    {
        var idle = time.GetElapsedTime(Math.Max(Volatile.Read(ref _lastAt), began.At));
        var allowed = patience + TimeSpan.FromSeconds((double)(Interlocked.Read(ref _taken) - began.Taken) / LeastBytesPerSecond);
        var left = allowed - time.GetElapsedTime(began.At);
        return left < patience - idle ? left : patience - idle;
    }
}

/// <summary>When a message began on its connection, and what that had taken until then.</summary>
internal readonly record struct PaceMark(long At, long Taken);
