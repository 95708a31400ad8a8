package io.reassembly.client.internal.receiving;

import io.reassembly.client.ClientOptions;
import io.reassembly.client.SubscribeOptions;
import io.reassembly.client.errors.ConnectionFailedException;
import io.reassembly.client.errors.ReassemblyException;
import io.reassembly.client.errors.ServerError;
import io.reassembly.client.internal.connections.Connection;
import io.reassembly.client.internal.connections.ConnectionKeeper;
import io.reassembly.client.internal.connections.ConnectionOwner;
import io.reassembly.client.internal.connections.EventLoop;
import io.reassembly.client.internal.control.ControlWriter;
import io.reassembly.client.internal.control.ServerMessage;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The messages of one channel. It has a connection of its own, so that a slow receiver, for whom the socket is not read, holds up no
 * send; it subscribes anew on every connection that the keeper makes. One that is told to go away is served beside its successor until
 * it ends.
 */
public final class Receiver implements EventLoop.Worker, ConnectionOwner {
    private final ClientOptions options;
    private final String channel;
    private final SubscribeOptions subscribe;
    private final EventLoop loop;
    private final ConnectionKeeper keeper;
    private final DeliveryQueue queue = new DeliveryQueue();
    private final Map<Connection, SubscriptionLink> links = new ConcurrentHashMap<>();
    private long lostAt;
    private volatile boolean isClosed;

    public Receiver(ClientOptions options, List<URI> endpoints, String channel, SubscribeOptions subscribe) {
        this.options = options;
        this.channel = channel;
        this.subscribe = subscribe;
        loop = new EventLoop("reassembly-receive", this);
        keeper = new ConnectionKeeper(options, endpoints, 0, loop, this);
        lostAt = EventLoop.now();
        keeper.firstReady().whenComplete((nothing, failure) -> {
            if (failure != null) {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                queue.fail(cause instanceof IOException reason ? reason : new ReassemblyException(cause.toString(), null, cause));
                close();
            }
        });
        loop.start();
    }

    /**
     * @return null where none came in time
     * @throws IOException the server refuses the subscription, there was no connection for the give-up time, or this was closed
     */
    public Delivery take(long timeoutNanos) throws IOException, InterruptedException {
        return queue.take(timeoutNanos);
    }

    public void close() {
        isClosed = true;
        loop.post(() -> {
            queue.fail(new ReassemblyException("the subscription was closed"));
            links.forEach((connection, link) -> link.end("the subscription was closed"));
            keeper.stop();
            loop.stop();
        });
    }

    @Override
    public long step(long now) {
        long until = keeper.step(now);
        for (SubscriptionLink link : links.values()) {
            until = Math.min(until, link.step(now, options.silenceTimeout().toMillis()));
        }

        if (keeper.current() != null) {
            lostAt = now;
        } else if (now - lostAt >= options.giveUpAfter().toMillis()) {
            giveUp();
            return Long.MAX_VALUE;
        } else {
            until = Math.min(until, lostAt + options.giveUpAfter().toMillis());
        }

        return until;
    }

    @Override
    public void onFault(Throwable fault) {
        queue.fail(new ReassemblyException("the subscription cannot go on: " + fault, null, fault));
        links.forEach((connection, link) -> link.end("the subscription cannot go on"));
        keeper.stop();
    }

    @Override
    public void onReady(Connection connection) {
        links.put(connection, new SubscriptionLink(connection, subscribe, queue, loop));
        connection.writer().sendText(ControlWriter.subscribe(channel, subscribe.inFlight()));
    }

    @Override
    public void onMessage(Connection connection, ServerMessage message) {
        SubscriptionLink link = links.get(connection);
        if (link == null) {
            return;
        }

        if (message instanceof ServerMessage.Payload payload) {
            link.begin(payload);
        } else if (message instanceof ServerMessage.Failed failed) {
            onError(connection, link, failed.error());
        }
    }

    @Override
    public CompletionStage<?> onFrame(Connection connection, ByteBuffer frame) {
        SubscriptionLink link = links.get(connection);
        try {
            if (link != null && !isClosed) {
                return link.take(frame);
            }
        } catch (ServerViolationException exception) {
            loop.post(() -> connection.abort(exception.getMessage()));
        }

        return null;
    }

    @Override
    public void onEnded(Connection connection) {
        SubscriptionLink link = links.remove(connection);
        if (link != null) {
            link.end(connection.endReason());
        }
    }

    private void onError(Connection connection, SubscriptionLink link, ServerError error) {
        if (error.id() != null) {
            link.onError(error.id(), error.message());
        } else if (error.isWorthRepeating()) {
            // The wait before the next connection is the wait before the next try.
            connection.abort(error.message());
        } else {
            queue.fail(new ReassemblyException("the server does not let channel '" + channel + "' be received: " + error.message(), error, null));
        }
    }

    private void giveUp() {
        ConnectionFailedException last = keeper.lastFailure();
        queue.fail(new ConnectionFailedException(
            "gave up receiving after " + options.giveUpAfter().toMillis() / 1000.0 + " s without a connection: "
                + (last == null ? "none could be made" : last.getMessage()),
            false, last == null ? null : last.error(), last));
        keeper.stop();
        loop.stop();
    }
}
