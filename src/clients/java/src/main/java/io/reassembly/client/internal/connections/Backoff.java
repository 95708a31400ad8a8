package io.reassembly.client.internal.connections;

import java.util.random.RandomGenerator;

/** Growing waits with full jitter: a random time up to base × 2^n, so that many clients of a lost node do not come back at once. */
public final class Backoff {
    private final long baseMs;
    private final long capMs;
    private final RandomGenerator random;
    private int attempts;

    public Backoff(long baseMs, long capMs, RandomGenerator random) {
        this.baseMs = baseMs;
        this.capMs = capMs;
        this.random = random;
    }

    /** The next wait, in milliseconds. */
    public long nextMs() {
        double ceiling = Math.min(capMs, baseMs * Math.pow(2, Math.min(attempts, 30)));
        attempts++;
        return (long) (random.nextDouble() * ceiling);
    }

    public void reset() {
        attempts = 0;
    }
}
