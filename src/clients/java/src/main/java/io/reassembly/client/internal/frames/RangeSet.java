package io.reassembly.client.internal.frames;

import java.util.Map;
import java.util.TreeMap;

/** A set of bytes, kept as disjoint ranges that do not touch; in the usual case, in order, it is one range. */
public final class RangeSet {
    private final TreeMap<Long, Long> ranges = new TreeMap<>();
    private long bytes;

    /** How many bytes are in the set. */
    public long bytes() {
        return bytes;
    }

    /** The place after the highest byte; 0 while empty. */
    public long end() {
        return ranges.isEmpty() ? 0 : ranges.lastEntry().getValue();
    }

    /** Every byte below it is in the set. */
    public long prefix() {
        Map.Entry<Long, Long> first = ranges.firstEntry();
        return first != null && first.getKey() == 0 ? first.getValue() : 0;
    }

    /** The lowest bytes that are not in the set; open-ended ({@link Long#MAX_VALUE}) above the last range. */
    public ByteRange firstGap() {
        long prefix = prefix();
        Map.Entry<Long, Long> next = prefix > 0 ? ranges.higherEntry(0L) : ranges.firstEntry();
        return new ByteRange(prefix, next == null ? Long.MAX_VALUE : next.getKey());
    }

    /** How many bytes of a range are in the set. */
    public long countWithin(long from, long to) {
        long count = 0;
        Map.Entry<Long, Long> entry = ranges.floorEntry(from);
        entry = entry == null ? ranges.ceilingEntry(from) : entry;
        while (entry != null && entry.getKey() < to) {
            count += Math.max(0, Math.min(entry.getValue(), to) - Math.max(entry.getKey(), from));
            entry = ranges.higherEntry(entry.getKey());
        }

        return count;
    }

    /** Adds a range, joined with whatever it overlaps or touches. */
    public void add(long from, long to) {
        if (from >= to) {
            return;
        }

        Map.Entry<Long, Long> entry = ranges.floorEntry(to);
        while (entry != null && entry.getValue() >= from) {
            from = Math.min(from, entry.getKey());
            to = Math.max(to, entry.getValue());
            bytes -= entry.getValue() - entry.getKey();
            ranges.remove(entry.getKey());
            entry = ranges.floorEntry(to);
        }

        ranges.put(from, to);
        bytes += to - from;
    }

    public void addAll(RangeSet other) {
        other.ranges.forEach(this::add);
    }

    public void clear() {
        ranges.clear();
        bytes = 0;
    }
}
