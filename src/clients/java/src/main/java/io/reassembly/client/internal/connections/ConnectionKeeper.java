package io.reassembly.client.internal.connections;

import io.reassembly.client.ClientOptions;
import io.reassembly.client.errors.ConnectionFailedException;
import io.reassembly.client.internal.control.ControlWriter;
import io.reassembly.client.transport.HandshakeRefusedException;
import io.reassembly.client.transport.Link;
import io.reassembly.client.transport.LinkRequest;
import java.net.URI;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Keeps one usable connection. A lost one is replaced after a jittered wait, round robin over all endpoints. One that says
 * {@code goaway} stays current until its successor has heard {@code welcome}; then it is left open for the acks of what is still on its
 * way, until its server closes it or its grace time is over. Belongs to its loop.
 */
public final class ConnectionKeeper {
    private static final String SUBPROTOCOL = "reassembly.v1";
    private static final int NORMAL_CLOSURE = 1000;
    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_MANY_REQUESTS = 429;

    /** Connections in a row that ended with a chunk on its way and none taken, before smaller ones are tried. */
    private static final int SUSPICIOUS_ENDS = 2;

    private final ClientOptions options;
    private final List<URI> endpoints;
    private final EventLoop loop;
    private final ConnectionOwner owner;
    private final Backoff backoff;
    private final CompletableFuture<Void> firstReady = new CompletableFuture<>();
    private final Map<Connection, Long> leaving = new HashMap<>();
    private final long startedAt = EventLoop.now();
    private Connection current;
    private Connection opening;
    private long openingUntil;
    private long retryAt;
    private int nextEndpoint;
    private int refusals;
    private int fruitlessEnds;
    private int frameBytesCap = Integer.MAX_VALUE;
    private ConnectionFailedException lastFailure;
    private boolean isStopped;

    public ConnectionKeeper(ClientOptions options, List<URI> endpoints, int firstEndpoint, EventLoop loop, ConnectionOwner owner) {
        this.options = options;
        this.endpoints = endpoints;
        this.loop = loop;
        this.owner = owner;
        nextEndpoint = firstEndpoint;
        backoff = new Backoff(options.backoffBase().toMillis(), options.backoffCap().toMillis(), RandomGenerator.getDefault());
    }

    /** Ends when the first connection is there; fails where every endpoint refuses, or none is there within the give-up time. */
    public CompletableFuture<Void> firstReady() {
        return firstReady;
    }

    /** The connection to use for whatever comes next; null while there is none. */
    public Connection current() {
        return current;
    }

    /** Why there was no connection the last time it was tried; null where that has not happened. */
    public ConnectionFailedException lastFailure() {
        return lastFailure;
    }

    /** The largest frame, header included, that got through all hops so far. */
    public int frameBytesCap() {
        return frameBytesCap;
    }

    public void lowerFrameBytesCap(int frameBytes) {
        frameBytesCap = Math.min(frameBytesCap, frameBytes);
    }

    /** Does what is due; says when to come again. */
    public long step(long now) {
        if (isStopped) {
            return Long.MAX_VALUE;
        }

        if (opening != null && now >= openingUntil) {
            opening.abort(opening.endpoint() + " did not answer within " + options.connectTimeout().toMillis() / 1000.0 + " s");
        }

        if (opening == null && (current == null || current.goAway() != null) && now >= retryAt) {
            open(now);
        }

        long until = opening != null ? openingUntil : current == null || current.goAway() != null ? retryAt : Long.MAX_VALUE;
        Iterator<Map.Entry<Connection, Long>> left = leaving.entrySet().iterator();
        while (left.hasNext()) {
            Map.Entry<Connection, Long> entry = left.next();
            if (now >= entry.getValue()) {
                left.remove();
                finish(entry.getKey());
            } else {
                until = Math.min(until, entry.getValue());
            }
        }

        return Math.min(until, checkForLife(now));
    }

    /** Ends all connections, with a close frame after what waits to be sent. */
    public void stop() {
        isStopped = true;
        firstReady.completeExceptionally(new ConnectionFailedException("the client was closed", true, null, null));
        leaving.keySet().forEach(this::finish);
        if (current != null) {
            finish(current);
        }

        if (opening != null && opening.link() != null) {
            opening.link().abort();
        }
    }

    /** Lets the peer have the last word, for a while. */
    void abortLater(Link link) {
        CompletableFuture.delayedExecutor(options.closeTimeout().toMillis(), TimeUnit.MILLISECONDS).execute(link::abort);
    }

    ConnectionOwner owner() {
        return owner;
    }

    void onGreeted(Connection connection) {
        if (connection == opening && connection.isReady()) {
            becomeCurrent(connection);
        }
    }

    void onGoAway(Connection connection) {
        if (connection == current) {
            retryAt = EventLoop.now() + backoff.nextMs();
        }
    }

    void onEnded(Connection connection) {
        leaving.remove(connection);
        if (isStopped) {
            return;
        }

        if (connection == opening) {
            opening = null;
            boolean isFinal = connection.refusal() != null && !connection.refusal().retryable();
            fail(new ConnectionFailedException(connection.endpoint() + ": " + connection.endReason(), isFinal, connection.refusal(), null));
            return;
        }

        learnFrom(connection);
        if (connection == current) {
            current = null;
            lastFailure = new ConnectionFailedException(connection.endpoint() + ": " + connection.endReason(), false, null, null);
            retryAt = EventLoop.now() + backoff.nextMs();
        }

        owner.onEnded(connection);
    }

    private void open(long now) {
        Connection connection = new Connection(endpoints.get(nextEndpoint), loop, this);
        nextEndpoint = (nextEndpoint + 1) % endpoints.size();
        opening = connection;
        openingUntil = now + options.connectTimeout().toMillis();
        LinkRequest request = new LinkRequest(SUBPROTOCOL, options.headers(), options.connectTimeout(), options.receiveFrameBytes());
        options.transport().connect(connection.endpoint(), request, connection)
            .whenComplete((link, failure) -> loop.post(() -> onOpened(connection, link, failure)));
    }

    private void onOpened(Connection connection, Link link, Throwable failure) {
        if (connection != opening || isStopped) {
            // It came too late.
            if (link != null) {
                link.abort();
            }
        } else if (failure != null) {
            opening = null;
            Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            fail(new ConnectionFailedException(
                connection.endpoint() + ": " + Connection.reasonOf(cause), cause instanceof HandshakeRefusedException refused && isFinal(refused), null, cause));
        } else if (!SUBPROTOCOL.equals(link.subprotocol())) {
            opening = null;
            link.abort();
            fail(new ConnectionFailedException(
                connection.endpoint() + " does not speak " + SUBPROTOCOL + ": it did not echo the subprotocol", true, null, null));
        } else {
            connection.attach(link);
            connection.writer().sendText(ControlWriter.hello(options.receiveFrameBytes(), options.clientName()));
            onGreeted(connection);
        }
    }

    private void becomeCurrent(Connection connection) {
        if (current != null) {
            leaving.put(current, EventLoop.now() + current.goAway().graceMs());
        }

        opening = null;
        current = connection;
        refusals = 0;
        firstReady.complete(null);
        owner.onReady(connection);
    }

    private void fail(ConnectionFailedException failure) {
        lastFailure = failure;
        retryAt = EventLoop.now() + backoff.nextMs();
        refusals = failure.isFinal() ? refusals + 1 : 0;
        if (refusals >= endpoints.size() || EventLoop.now() - startedAt >= options.giveUpAfter().toMillis()) {
            firstReady.completeExceptionally(failure);
        }
    }

    // A hop that takes no frame of that size says 1009, or, where it does not wait for its close frame to arrive, just ends the connection.
    private void learnFrom(Connection connection) {
        if (connection.hasServed()) {
            backoff.reset();
        }

        if (connection.largestFrame() == 0 || connection.hasProgressed()) {
            fruitlessEnds = connection.hasProgressed() ? 0 : fruitlessEnds;
        } else {
            fruitlessEnds++;
        }

        if (connection.largestFrame() > 0 && (connection.endedAsTooBig() || fruitlessEnds >= SUSPICIOUS_ENDS)) {
            fruitlessEnds = 0;
            lowerFrameBytesCap(connection.largestFrame() / 2);
        }
    }

    // The server never stops reading for as long as 10 s without a word: a send that makes no way for longer has nobody at its end.
    private long checkForLife(long now) {
        if (current == null || current.writer().stuckSince() == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }

        long patience = Math.max(current.writer().stuckSince(), current.heardAt()) + options.silenceTimeout().toMillis();
        if (now < patience) {
            return patience;
        }

        current.abort("the server has not taken anything for " + options.silenceTimeout().toMillis() / 1000.0 + " s");
        return now;
    }

    private void finish(Connection connection) {
        connection.writer().sendClose(NORMAL_CLOSURE);
        abortLater(connection.link());
    }

    // An HTTP answer of 4xx is a decision, not an accident; two of them say "later".
    private static boolean isFinal(HandshakeRefusedException refused) {
        int status = refused.status();
        return status >= 400 && status < 500 && status != REQUEST_TIMEOUT && status != TOO_MANY_REQUESTS;
    }
}
