package io.reassembly.client.internal.frames;

import static org.junit.Assert.assertEquals;

import java.util.BitSet;
import java.util.Random;
import org.junit.Test;

public class RangeSetTest {
    private static final int BYTES = 60;

    @Test
    public void random_ranges_are_kept_as_a_bit_set_keeps_them() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            RangeSet set = new RangeSet();
            BitSet model = new BitSet();
            for (int step = 0; step < 12; step++) {
                int from = random.nextInt(BYTES);
                int to = from + random.nextInt(12);
                set.add(from, to);
                model.set(from, to);
                String where = "seed " + seed + ", round " + round + ", step " + step;
                assertEquals(where, model.cardinality(), set.bytes());
                assertEquals(where, model.length(), set.end());
                assertEquals(where, model.nextClearBit(0), set.prefix());
                int gap = model.nextClearBit(0);
                assertEquals(where, new ByteRange(gap, model.nextSetBit(gap) < 0 ? Long.MAX_VALUE : model.nextSetBit(gap)), set.firstGap());
                int low = random.nextInt(BYTES);
                int high = low + random.nextInt(20);
                assertEquals(where, model.get(low, high).cardinality(), set.countWithin(low, high));
            }
        }
    }
}
