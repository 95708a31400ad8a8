package io.reassembly.client.internal.sending;

import io.reassembly.client.internal.frames.ByteRange;

/**
 * Cuts the next piece out of a gap. No piece is below the server's minimum unless it ends the message: a piece leaves its successor at
 * least the minimum, and where the gap itself is smaller, the piece grows over its neighbours, whose bytes do no harm when they come
 * twice.
 */
public final class ChunkCutter {
    private ChunkCutter() {
    }

    /**
     * @param gap the lowest bytes to send; open-ended above the highest byte sent
     * @param reach bytes at or above it may not be sent yet: credit, or the source has no more for now
     * @param source what can be read
     * @param limits what one chunk may have
     * @param mayWait whether the reach will grow by itself, so that a short piece can wait to become a full one
     * @return the piece, or null where there is none to send now
     */
    public static ByteRange cut(ByteRange gap, long reach, SourceView source, CutLimits limits, boolean mayWait) {
        long messageEnd = source.isSizeKnown() ? source.size() : Long.MAX_VALUE;
        long gapEnd = Math.min(gap.to(), messageEnd);
        long limit = Math.min(reach, messageEnd);
        long start = gap.from();
        if (start >= limit || start >= gapEnd) {
            return null;
        }

        long full = start + Math.min(limits.maxBytes(), Long.MAX_VALUE - start);
        long end = Math.min(Math.min(full, gapEnd), limit);
        if (mayWait && end == limit && end < full && end < gapEnd) {
            return null;
        }

        int min = limits.minBytes();
        long rest = gapEnd - end;
        if (gapEnd != messageEnd && rest > 0 && rest < min && gapEnd - min - start >= min) {
            end = gapEnd - min;
        }

        if (end - start < min && end != messageEnd) {
            end = Math.max(end, Math.min(start + min, limit));
        }

        if (end - start < min && end != messageEnd) {
            start = Math.max(source.oldest(), end - min);
        }

        return end - start >= min || end == messageEnd ? new ByteRange(start, end) : null;
    }
}
