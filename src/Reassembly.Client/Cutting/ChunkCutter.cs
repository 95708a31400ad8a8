using Reassembly.Protocol.Ranges;

namespace Reassembly.Client.Cutting;

/// <summary>
/// Cuts the next piece out of a gap. No piece is below the server's minimum unless it ends the message: a piece leaves its
/// successor at least the minimum, and where the gap itself is smaller, the piece grows over its neighbours, whose bytes are
/// the same bytes and do no harm when they come twice.
/// </summary>
internal static class ChunkCutter
{
    /// <param name="gap">The lowest bytes to send; open-ended above the highest byte sent.</param>
    /// <param name="reach">Bytes at or above it may not be sent yet: credit, or the source has no more for now.</param>
    /// <param name="oldest">The lowest byte that the source can still give.</param>
    /// <param name="size">Size of the message, once known.</param>
    /// <param name="limits">What one chunk may have.</param>
    /// <param name="mayWait">Whether the reach will grow by itself, so that a short piece in front of it can wait to become a full one.</param>
    /// <param name="piece">The piece.</param>
    /// <returns>Whether there is a piece to send now.</returns>
    public static bool TryCut(ByteRange gap, long reach, long oldest, long? size, CutLimits limits, bool mayWait, out ByteRange piece)
    {
        piece = default;
        var messageEnd = size ?? long.MaxValue;
        var gapEnd = Math.Min(gap.To, messageEnd);
        reach = Math.Min(reach, messageEnd);
        var start = gap.From;
        if (start >= reach || start >= gapEnd)
        {
            return false;
        }

        var full = start + Math.Min(limits.MaxBytes, long.MaxValue - start);
        var end = Math.Min(Math.Min(full, gapEnd), reach);
        if (mayWait && end == reach && end < full && end < gapEnd)
        {
            return false;
        }

        end = LeaveEnoughForTheNext(start, end, gapEnd, messageEnd, limits.MinBytes);
        if (!IsEnough(start, end))
        {
            end = Math.Max(end, Math.Min(start + limits.MinBytes, reach));
        }

        if (!IsEnough(start, end))
        {
            start = Math.Max(oldest, end - limits.MinBytes);
        }

        piece = new ByteRange(start, end);
        return IsEnough(start, end);

        bool IsEnough(long from, long to) => to - from >= limits.MinBytes || to == messageEnd;
    }

    private static long LeaveEnoughForTheNext(long start, long end, long gapEnd, long messageEnd, int minBytes)
    {
        var rest = gapEnd - end;
        return gapEnd != messageEnd && rest > 0 && rest < minBytes && gapEnd - minBytes - start >= minBytes ? gapEnd - minBytes : end;
    }
}
