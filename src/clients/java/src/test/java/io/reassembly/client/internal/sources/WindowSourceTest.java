package io.reassembly.client.internal.sources;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import io.reassembly.client.internal.sending.SourceView;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.Test;

public class WindowSourceTest {
    private static final int CAPACITY = 65_536;

    private final Semaphore changes = new Semaphore(0);

    @Test
    public void payload_of_any_size_goes_through_a_window_of_bounded_size() throws Exception {
        byte[] payload = new byte[1_000_003];
        new Random(3).nextBytes(payload);
        byte[] read = new byte[payload.length];
        try (WindowSource source = new WindowSource(window -> window.write(payload), CAPACITY, changes::release)) {
            int at = 0;
            while (at < payload.length) {
                SourceView view = awaitMoreThan(source, at);
                int count = (int) Math.min(view.available() - at, 10_007);
                source.read(at, read, at, count);
                at += count;
                assertTrue("held: " + source.retainedBytes(), source.retainedBytes() <= CAPACITY);
                source.release(at);
            }

            while (!source.view().isSizeKnown()) {
                assertTrue(changes.tryAcquire(60, TimeUnit.SECONDS));
            }

            assertArrayEquals(payload, read);
            RunningDigest expected = new RunningDigest();
            expected.append(0, payload, 0, payload.length);
            assertEquals(expected.finish(), source.digest());
        }
    }

    @Test
    public void bytes_that_are_not_released_can_be_read_again() throws Exception {
        byte[] payload = new byte[50_000];
        new Random(4).nextBytes(payload);
        try (WindowSource source = new WindowSource(window -> window.write(payload), CAPACITY, changes::release)) {
            awaitMoreThan(source, payload.length - 1);
            source.release(20_000);
            assertEquals(20_000, source.view().oldest());
            byte[] again = new byte[30_000];
            source.read(20_000, again, 0, again.length);
            assertArrayEquals(Arrays.copyOfRange(payload, 20_000, 50_000), again);
        }
    }

    @Test
    public void bytes_that_are_durable_before_they_are_read_are_skipped() throws Exception {
        byte[] payload = new byte[500_000];
        try (WindowSource source = new WindowSource(window -> window.write(payload), CAPACITY, changes::release)) {
            source.release(490_000);
            assertEquals(490_000, awaitMoreThan(source, 499_999).oldest());
        }
    }

    @Test
    public void fault_of_the_origin_is_told_by_every_later_view() throws Exception {
        try (WindowSource source = new WindowSource(window -> {
            throw new IllegalStateException("mine");
        }, CAPACITY, changes::release)) {
            assertTrue(changes.tryAcquire(60, TimeUnit.SECONDS));
            assertTrue(assertThrows(IOException.class, source::view).getMessage().contains("mine"));
        }
    }

    private SourceView awaitMoreThan(WindowSource source, long bytes) throws Exception {
        while (source.view().available() <= bytes) {
            assertTrue(changes.tryAcquire(60, TimeUnit.SECONDS));
        }

        return source.view();
    }
}
