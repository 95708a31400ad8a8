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

        // Nobody could be heard while the node was down: an old record gets its idle time anew, counted from the start.
        var heardUntil = servingSince.AddSeconds(limits.IdleSeconds);
        if (record is not null && heardUntil > _idleEnd)
        {
            _idleEnd = heardUntil;
        }
    }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>
    /// How far the recorded deadline may lag behind: a sender that keeps its message alive without bytes is written down this often, so that
    /// whoever owns it next knows.
    /// </summary>
    public static TimeSpan Lag(ProtocolLimits limits) => TimeSpan.FromSeconds(limits.IdleSeconds) / LagShare;

    public void SignOfLife(DateTimeOffset now) => _idleEnd = now.AddSeconds(_limits.IdleSeconds);

    public DateTimeOffset ExpiresAt(OpenMessage? open)
    {
        var total = CreatedAt.AddSeconds(Math.Min(open?.TtlSeconds ?? _limits.MessageSeconds, _limits.MessageSeconds));
        return total < _idleEnd ? total : _idleEnd;
    }
}
