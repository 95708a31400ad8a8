using Reassembly.Core.Storage;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Core.Messages;

/// <summary>When an open message expires: idle for too long, or too old whatever arrives.</summary>
internal sealed class MessageDeadline
{
    /// <summary>By what part of the idle time a record may lag behind what its owner knows.</summary>
    private const int LagShare = 4;

    private readonly ProtocolLimits _limits;
    private DateTimeOffset _idleEnd;

    public MessageDeadline(ProtocolLimits limits, MessageRecord? record, DateTimeOffset now, DateTimeOffset servingSince)
    {
        _limits = limits;
        CreatedAt = record?.CreatedAt ?? now;
        _idleEnd = record?.ExpiresAt ?? now.AddSeconds(limits.IdleSeconds);
        NotSilentBefore(servingSince);
    }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>
    /// How far the recorded deadline may lag behind: a sender that keeps its message alive without bytes is written down this often, so that
    /// whoever owns it next knows.
    /// </summary>
    public static TimeSpan Lag(ProtocolLimits limits) => TimeSpan.FromSeconds(limits.IdleSeconds) / LagShare;

    /// <summary>Nobody could be heard before then, as the node was down or its store took nothing: the idle time counts from there at the earliest.</summary>
    /// <returns>Whether that moves the deadline.</returns>
    public bool NotSilentBefore(DateTimeOffset servingSince)
    {
        var end = servingSince.AddSeconds(_limits.IdleSeconds);
        if (end <= _idleEnd)
        {
            return false;
        }

        _idleEnd = end;
        return true;
    }

    public void SignOfLife(DateTimeOffset now) => _idleEnd = now.AddSeconds(_limits.IdleSeconds);

    public DateTimeOffset ExpiresAt(OpenMessage? open)
    {
        var total = CreatedAt.AddSeconds(Math.Min(open?.TtlSeconds ?? _limits.MessageSeconds, _limits.MessageSeconds));
        return total < _idleEnd ? total : _idleEnd;
    }
}
