package io.reassembly.client.internal.sources;

import static org.junit.Assert.assertEquals;

import java.util.Random;
import org.junit.Test;

public class BackgroundDigestTest {
    @Test
    public void pieces_with_repeats_and_bytes_ahead_make_the_digest_of_the_whole() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] payload = new byte[3_000_000];
        random.nextBytes(payload);
        RunningDigest expected = new RunningDigest();
        expected.append(0, payload, 0, payload.length);
        String whole = expected.finish();
        for (int round = 0; round < 10; round++) {
            BackgroundDigest digest = new BackgroundDigest();
            byte[] buffer = new byte[200_100];
            while (digest.position() < payload.length) {
                // Mostly what comes next; sometimes a step back, sometimes one ahead.
                long wanted = digest.position() + (random.nextInt(4) == 0 ? random.nextInt(2001) - 1000 : 0);
                int offset = (int) Math.max(0, Math.min(payload.length - 1, wanted));
                int length = Math.min(1 + random.nextInt(200_000), payload.length - offset);
                System.arraycopy(payload, offset, buffer, 100, length);
                digest.append(offset, buffer, 100, length);
            }

            assertEquals("seed " + seed + ", round " + round, whole, digest.finish());
        }
    }
}
