package io.reassembly.client.internal.sending;

import io.reassembly.client.ClientOptions;
import io.reassembly.client.Outcome;
import io.reassembly.client.SendOptions;
import io.reassembly.client.errors.ReassemblyException;
import io.reassembly.client.internal.connections.Connection;
import io.reassembly.client.internal.connections.ConnectionKeeper;
import io.reassembly.client.internal.connections.ConnectionOwner;
import io.reassembly.client.internal.connections.EventLoop;
import io.reassembly.client.internal.control.ServerMessage;
import io.reassembly.client.internal.sources.PayloadSource;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** All sends of a client, over one connection: one chunk of each in turn, so a small message waits for one chunk of a large one and no more. */
public final class Sender implements EventLoop.Worker, ConnectionOwner {
    private final ClientOptions options;
    private final EventLoop loop = new EventLoop("reassembly-send", this);
    private final ConnectionKeeper keeper;
    private final Map<UUID, SendTask> tasks = new LinkedHashMap<>();
    private volatile IOException fault;

    public Sender(ClientOptions options, List<URI> endpoints) {
        this.options = options;
        keeper = new ConnectionKeeper(options, endpoints, 0, loop, this);
    }

    /** Starts; the future is that of the first connection, and when it fails all is over. */
    public CompletableFuture<Void> start() {
        CompletableFuture<Void> ready = keeper.firstReady().whenComplete((nothing, failure) -> {
            if (failure != null) {
                close();
            }
        });
        loop.start();
        return ready;
    }

    /** Lets the sends look around: a source has more. */
    public void wake() {
        loop.wake();
    }

    /**
     * @param source closed when the send is over
     * @param size where it is known from the start; null otherwise
     */
    public CompletableFuture<Outcome> send(UUID id, SendOptions send, PayloadSource source, Long size) {
        CompletableFuture<Outcome> future = new CompletableFuture<>();
        loop.post(() -> add(new SendTask(options, keeper, id, send, source, size, future, EventLoop.now())));
        future.whenComplete((outcome, failure) -> loop.wake());
        if (fault != null) {
            future.completeExceptionally(fault);
        }

        return future;
    }

    /** Ends all sends and the connection. */
    public void close() {
        loop.post(() -> {
            keeper.stop();
            endAll(new ReassemblyException("the client was closed"));
            loop.stop();
        });
    }

    @Override
    public long step(long now) {
        long until = keeper.step(now);
        List<SendTask> served = new ArrayList<>();
        for (SendTask task : tasks.values()) {
            long due = task.step(now);
            until = Math.min(until, due);
            if (due <= now || task.isOver()) {
                served.add(task);
            }
        }

        // Who had a turn stands at the end of the line.
        for (SendTask task : served) {
            tasks.remove(task.id());
            if (!task.isOver()) {
                tasks.put(task.id(), task);
            }
        }

        return until;
    }

    @Override
    public void onFault(Throwable cause) {
        IOException failure = new ReassemblyException("the client cannot go on: " + cause, null, cause);
        endAll(failure);
        keeper.firstReady().completeExceptionally(failure);
        keeper.stop();
    }

    @Override
    public void onReady(Connection connection) {
        // Each send moves over when it is ready to.
    }

    @Override
    public void onMessage(Connection connection, ServerMessage message) {
        long now = EventLoop.now();
        UUID id = message instanceof ServerMessage.Ack ack
            ? ack.id()
            : message instanceof ServerMessage.Ended ended ? ended.id() : message instanceof ServerMessage.Failed failed ? failed.error().id() : null;
        if (id != null) {
            SendTask task = tasks.get(id);
            if (task != null) {
                task.onMessage(connection, message, now);
            }
        } else if (message instanceof ServerMessage.Failed) {
            // The server could not tell whose frame it was, so each send has to find out whether it was its own.
            tasks.values().forEach(task -> task.onMessage(connection, message, now));
        }
    }

    @Override
    public CompletionStage<?> onFrame(Connection connection, ByteBuffer frame) {
        // Nothing was subscribed here; a newer server's frames are for newer clients.
        return null;
    }

    @Override
    public void onEnded(Connection connection) {
        // Each send sees that its connection has ended.
    }

    private void add(SendTask task) {
        if (fault != null) {
            task.fail(fault);
        } else if (tasks.putIfAbsent(task.id(), task) != null) {
            task.fail(new IllegalStateException("this client is sending message " + task.id() + " already"));
        }
    }

    private void endAll(IOException failure) {
        fault = failure;
        tasks.values().forEach(task -> task.fail(failure));
        tasks.clear();
    }
}
