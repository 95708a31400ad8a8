package io.reassembly.client;

import io.reassembly.client.internal.receiving.Delivery;
import io.reassembly.client.internal.receiving.Receiver;
import java.io.IOException;
import java.time.Duration;

/** The messages of one channel, over a connection of its own that is made anew when it is lost. Any thread may take. */
public final class Subscription implements AutoCloseable {
    private final Receiver receiver;
    private final SubscribeOptions options;

    Subscription(Receiver receiver, SubscribeOptions options) {
        this.receiver = receiver;
        this.options = options;
    }

    /**
     * The next message; waits for it. Close it when done.
     *
     * @throws io.reassembly.client.errors.ReassemblyException the server refuses the subscription, there was no connection for the
     *     give-up time, or this subscription was closed
     */
    public ReceivedMessage take() throws IOException, InterruptedException {
        return new ReceivedMessage(receiver.take(Long.MAX_VALUE / 2), options);
    }

    /** As {@link #take()}, but null where none came in time. */
    public ReceivedMessage poll(Duration timeout) throws IOException, InterruptedException {
        Delivery delivery = receiver.take(timeout.toNanos());
        return delivery == null ? null : new ReceivedMessage(delivery, options);
    }

    /** Ends receiving; what is in hand is lost here and goes to another subscriber. */
    @Override
    public void close() {
        receiver.close();
    }
}
