using Reassembly.Client.Connections;
using Reassembly.Client.Cutting;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;

namespace Reassembly.Client.Sending;

/// <summary>The connection that one send uses, and when it has to leave it for another.</summary>
internal sealed class SendLink(ReassemblyClientOptions options, ConnectionKeeper keeper)
{
    private long _leavingSince;

    public ClientConnection? Connection { get; private set; }

    public bool IsUsable => Connection is { IsClosed: false };

    /// <summary>How often a connection was replaced.</summary>
    public int Reconnects { get; private set; }

    /// <summary>Whether the server asked to leave: nothing new is sent over this connection.</summary>
    public bool IsLeaving => Connection?.GoAway is not null && keeper.Current is { } current && current != Connection;

    /// <summary>Takes the keeper's connection, if it is another one and nothing is left to wait for on the old one.</summary>
    /// <param name="isQuiet">Whether all that was sent is durable.</param>
    public bool TryMove(bool isQuiet)
    {
        if (keeper.Current is not { } current || current == Connection)
        {
            return false;
        }

        if (IsUsable && !isQuiet && !IsGraceHalfOver())
        {
            return false;
        }

        Reconnects += Connection is null ? 0 : 1;
        Connection = current;
        _leavingSince = 0;
        return true;
    }

    public LinkView View()
    {
        var limits = Connection!.Limits;
        var max = Math.Min(limits.ChunkBytes, keeper.FrameBytesCap - ChunkHeader.Size);
        max = Math.Max(Math.Min(max, options.ChunkBytes ?? max), Math.Max(1, limits.MinChunkBytes));
        var min = Math.Clamp(limits.MinChunkBytes, 1, max);
        return new LinkView(new CutLimits(min, max), limits.WindowBytes, TimeSpan.FromSeconds(limits.IdleSeconds));
    }

    /// <summary>A hop refused a frame as too big: smaller ones from now on, as small as it says, or half.</summary>
    /// <returns>Whether smaller ones are possible.</returns>
    public bool TryNarrow(LimitDetail? limit)
    {
        var before = View().Chunk.MaxBytes;
        var largest = Connection!.LargestFrame;
        var allowed = limit?.Max is { } max && max > ChunkHeader.Size && max < largest ? (int)max : largest / 2;
        keeper.LowerFrameBytesCap(allowed);
        return View().Chunk.MaxBytes < before || largest > before + ChunkHeader.Size;
    }

    private bool IsGraceHalfOver()
    {
        var clock = options.TimeProvider;
        if (_leavingSince == 0)
        {
            _leavingSince = clock.GetTimestamp();
        }

        var grace = TimeSpan.FromMilliseconds(Connection!.GoAway?.GraceMs ?? 0);
        return clock.GetElapsedTime(_leavingSince) >= grace / 2;
    }
}
