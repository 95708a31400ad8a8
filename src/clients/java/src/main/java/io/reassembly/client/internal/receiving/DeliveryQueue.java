package io.reassembly.client.internal.receiving;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Deliveries that have begun and wait to be handed out, in the order in which they came. */
final class DeliveryQueue {
    private final List<Delivery> waiting = new ArrayList<>();
    private int takers;
    private IOException failure;

    synchronized void add(Delivery delivery) {
        waiting.add(delivery);
        notifyAll();
    }

    /** Takes back what was lost before anybody saw it: it comes again by itself. Says whether nobody saw it. */
    synchronized boolean remove(Delivery delivery) {
        return waiting.remove(delivery);
    }

    /** No more will come; the first reason counts. */
    synchronized void fail(IOException reason) {
        failure = failure == null ? reason : failure;
        notifyAll();
    }

    /** Whether somebody waits for the next delivery and none is there. A taker that was woken, and has yet to come for its own, does not count. */
    synchronized boolean isAwaited() {
        return takers > 0 && waiting.isEmpty();
    }

    /** @return null where none came in time */
    synchronized Delivery take(long timeoutNanos) throws IOException, InterruptedException {
        long until = System.nanoTime() + timeoutNanos;
        takers++;
        try {
            while (failure == null && waiting.isEmpty()) {
                long left = until - System.nanoTime();
                if (left <= 0) {
                    return null;
                }

                wait(left / 1_000_000 + 1);
            }
        } finally {
            takers--;
        }

        if (failure != null) {
            throw failure;
        }

        return waiting.remove(0);
    }
}
