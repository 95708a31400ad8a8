package io.reassembly.client.internal.connections;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread that owns the state of a client or a subscription: whatever arrives, from whichever thread, is posted here, so that the
 * state needs no locks. Between arrivals the worker does one step after the other.
 */
public final class EventLoop implements Runnable {
    /** What the loop runs. */
    public interface Worker {
        /**
         * Does what can be done now.
         *
         * @param now milliseconds of the loop's clock
         * @return when to be called again at the latest; {@code now} or less means at once
         */
        long step(long now);

        /** A fault of this client itself, or of a caller's callback, has ended the loop: tell whoever waits. */
        void onFault(Throwable fault);
    }

    private final Worker worker;
    private final Thread thread;
    private final Queue<Runnable> posted = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean signalled = new AtomicBoolean();
    private volatile boolean stopping;
    private volatile boolean isOver;

    public EventLoop(String name, Worker worker) {
        this.worker = worker;
        thread = new Thread(this, name);
        thread.setDaemon(true);
    }

    /** Milliseconds of a clock that only goes forward. */
    public static long now() {
        return System.nanoTime() / 1_000_000;
    }

    public void start() {
        thread.start();
    }

    /** Runs it on the loop's thread, in order; after the end of the loop on this one, so that nobody waits for it for ever. */
    public void post(Runnable event) {
        posted.add(event);
        if (isOver) {
            runPosted();
        } else {
            wake();
        }
    }

    /** Lets the worker look around. */
    public void wake() {
        if (signalled.compareAndSet(false, true)) {
            LockSupport.unpark(thread);
        }
    }

    /** Ends the loop after the event that calls it. */
    public void stop() {
        stopping = true;
        wake();
    }

    @Override
    public void run() {
        try {
            while (!stopping) {
                signalled.set(false);
                runPosted();
                long now = now();
                long until = stopping ? now : worker.step(now);
                if (until > now && !signalled.get()) {
                    LockSupport.parkNanos(Math.min(until - now, 3_600_000) * 1_000_000);
                }
            }
        } catch (RuntimeException | Error fault) {
            worker.onFault(fault);
        } finally {
            isOver = true;
            runPosted();
        }
    }

    private synchronized void runPosted() {
        for (Runnable event = posted.poll(); event != null; event = posted.poll()) {
            event.run();
        }
    }
}
