package io.reassembly.client.internal.sources;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ForkJoinPool;

/**
 * A running digest that another thread computes, since SHA-256 costs as much as all the rest of sending. Bytes are copied into a few
 * blocks of 64 KiB at most, however large a chunk is; when these are used up, whoever appends computes, so that nothing piles up.
 */
final class BackgroundDigest {
    private static final int MAX_BLOCKS = 8;

    private static final int BLOCK_BYTES = 65_536;

    /** Blocks that are worth waking a thread for. */
    private static final int BATCH = 2;

    private record Block(byte[] bytes, int length) {
    }

    private final RunningDigest digest = new RunningDigest();
    private final Deque<Block> waiting = new ArrayDeque<>();
    private final Deque<byte[]> spare = new ArrayDeque<>();
    private long position;
    private boolean isScheduled;

    /** Every byte below it is counted, or will be. */
    long position() {
        return position;
    }

    /** Takes the bytes that follow those before; repeats and bytes ahead do not count. For one thread. */
    void append(long offset, byte[] bytes, int at, int length) {
        long skip = position - offset;
        if (skip < 0 || skip >= length) {
            return;
        }

        for (int done = (int) skip; done < length; ) {
            int count = Math.min(BLOCK_BYTES, length - done);
            appendBlock(bytes, at + done, count);
            done += count;
        }
    }

    /** Ends it: 64 lower-case hex digits. */
    String finish() {
        while (computeOne()) {
            // All that waits.
        }

        synchronized (digest) {
            return digest.finish();
        }
    }

    private void appendBlock(byte[] bytes, int at, int count) {
        byte[] copy = takeSpare(count);
        System.arraycopy(bytes, at, copy, 0, count);
        position += count;
        if (add(new Block(copy, count))) {
            ForkJoinPool.commonPool().execute(this::computeAll);
        }

        while (isFull()) {
            computeOne();
        }
    }

    private void computeAll() {
        do {
            while (computeOne()) {
                // All that waits.
            }
        } while (!isDone());
    }

    // Taken and computed under one lock, so that blocks keep their order whoever computes.
    private boolean computeOne() {
        synchronized (digest) {
            Block next = poll();
            if (next == null) {
                return false;
            }

            digest.append(digest.position(), next.bytes(), 0, next.length());
            giveBack(next.bytes());
            return true;
        }
    }

    /** Says whether a thread is to be woken. */
    private synchronized boolean add(Block block) {
        waiting.add(block);
        boolean wakes = !isScheduled && waiting.size() >= BATCH;
        isScheduled |= wakes;
        return wakes;
    }

    private synchronized Block poll() {
        return waiting.poll();
    }

    private synchronized boolean isFull() {
        return waiting.size() >= MAX_BLOCKS;
    }

    private synchronized boolean isDone() {
        isScheduled = !waiting.isEmpty();
        return !isScheduled;
    }

    private synchronized byte[] takeSpare(int bytes) {
        byte[] block = spare.poll();
        return block != null && block.length >= bytes ? block : new byte[bytes];
    }

    private synchronized void giveBack(byte[] block) {
        if (spare.size() < MAX_BLOCKS) {
            spare.push(block);
        }
    }
}
